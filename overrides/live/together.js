/**
 * What the cells of a page have in common: "Run all" in the first one's bar, and the list of keys.
 */

/** @typedef {import("./cell.js").Cell} Cell */

export class Together {
  #going = false;

  /** @param {Cell[]} cells from the top */
  constructor(cells) {
    this.cells = cells;
    const [first] = cells;
    const help = first.addButton("?", "Keys of the live cells", () => first.showKeys());
    help.classList.add("dl-help");
    this.button = cells.length > 1 ? first.addButton("Run all", "", () => this.#pressed()) : null;
    this.button?.classList.add("dl-all");
    for (const cell of cells) cell.onState = () => queueMicrotask(() => this.#look());
  }

  #pressed() {
    if (this.#going) {
      // From below: a stopped run would let the one that waits behind it begin.
      for (const cell of this.cells.toReversed()) cell.stop();
      return;
    }
    for (const cell of this.cells) cell.run({ quiet: true });
    this.#show(this.cells.some((cell) => cell.busy));
  }

  /** A cell's state has changed; it may only have made way for the next. */
  #look() {
    if (!this.#going || this.cells.some((cell) => cell.busy)) return;
    this.#show(false);
    const failed = this.cells.filter((cell) => cell.root.dataset.state === "failed");
    const names = failed.map((cell) => cell.name).join(", ");
    this.cells[0].say(names ? `Not all cells ran: ${names} failed` : "All cells have ended");
  }

  /** @param {boolean} going */
  #show(going) {
    this.#going = going;
    if (this.button) this.button.textContent = going ? "Stop all" : "Run all";
  }
}
