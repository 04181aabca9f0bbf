/**
 * Tables as real tables.
 */

/**
 * @typedef {{columns: {name: string, align: "left" | "right"}[], rows: string[][],
 *   title: string | null}} Table
 */

/**
 * @param {Table} table
 * @param {Document} document
 * @returns {HTMLElement}
 */
export function renderTable(table, document) {
  /** @param {string} name @param {string} [text] */
  const make = (name, text) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const element = make("table");
  if (table.title) element.append(make("caption", table.title));

  /** @param {"th" | "td"} name @param {string[]} texts */
  const row = (name, texts) => {
    const line = make("tr");
    for (const [i, text] of texts.entries()) {
      const cell = make(name, text);
      if (name === "th") cell.setAttribute("scope", "col");
      if (table.columns[i]?.align === "right") cell.className = "dl-right";
      line.append(cell);
    }
    return line;
  };
  const head = make("thead");
  head.append(row("th", table.columns.map(({ name }) => name)));
  const body = make("tbody");
  body.append(...table.rows.map((texts) => row("td", texts)));
  element.append(head, body);

  const wrapper = make("div");
  wrapper.className = "dl-out dl-table";
  wrapper.tabIndex = 0; // it scrolls, so the keyboard must reach it
  wrapper.setAttribute("role", "group");
  wrapper.setAttribute("aria-label", table.title ?? table.columns.map(({ name }) => name).join(", "));
  wrapper.append(element);
  return wrapper;
}
