/**
 * The form above a cell's code: a control for each `# @param`. It shows what the code says, and says
 * what the reader chooses.
 */

import { make } from "./dom.js";
import { formatNumber, parseParams, setParam } from "./params.js";

/** @typedef {import("./params.js").Param} Param */

export class Form {
  /** @type {Map<string, {param: Param, show: (param: Param) => void}>} */ #controls = new Map();
  #code = "";

  /**
   * @param {HTMLElement} area what the form stands above
   * @param {(code: string) => void} onChange hears the code with the value that was chosen
   */
  constructor(area, onChange) {
    this.area = area;
    this.document = area.ownerDocument;
    this.onChange = onChange;
    // The build has kept the place free, so that nothing moves.
    this.element = /** @type {HTMLElement} */ (
      area.parentElement?.querySelector(".dl-cell-params") ??
        make(this.document, "div", "dl-cell-params")
    );
    this.element.removeAttribute("aria-hidden");
  }

  /** @param {string} code */
  update(code) {
    this.#code = code;
    const { params, errors } = parseParams(code);
    const names = params.map(signature).join();
    if (names !== this.element.dataset.params) {
      this.element.dataset.params = names;
      this.#controls.clear();
      this.element.replaceChildren(...params.map((param) => this.#control(param)));
    }
    for (const param of params) {
      const control = this.#controls.get(param.name);
      if (control) {
        control.param = param;
        control.show(param);
      }
    }
    this.element.querySelector(".dl-param-error")?.remove();
    if (errors.length > 0) {
      const text = errors.map(({ message, line }) => `Line ${line}: ${message}.`).join(" ");
      this.element.append(make(this.document, "p", "dl-param-error", text));
    }
    if (this.element.childElementCount === 0) this.element.remove();
    // Where it is already, it is not put again: Firefox would take the focus from the control in use.
    else if (this.area.previousElementSibling !== this.element) this.area.before(this.element);
  }

  /** @param {Param} param */
  #control(param) {
    const label = make(this.document, "label", `dl-param dl-param-${param.kind}`);
    const value = make(this.document, "output", "dl-param-value");
    const select = param.kind === "dropdown";
    const input = /** @type {HTMLInputElement & HTMLSelectElement} */ (
      this.document.createElement(select ? "select" : "input")
    );
    if (!select) input.setAttribute("type", param.kind === "slider" ? "range" : param.kind);
    for (const option of param.options ?? []) {
      input.append(make(this.document, "option", "", String(option)));
    }
    for (const key of /** @type {const} */ (["min", "max"])) {
      const bound = param[key];
      if (bound !== undefined) input[key] = String(bound);
    }
    if (!select) input.step = param.step === undefined ? "any" : String(param.step);

    const control = {
      param,
      /** @param {Param} now */
      show: (now) => {
        if (now.kind === "checkbox") input.checked = now.value === true;
        else if (input !== this.document.activeElement || now.kind !== "number") {
          input.value = String(now.value);
        }
        if (now.kind !== "slider") return;
        value.textContent = formatNumber(/** @type {number} */ (now.value), now.step);
        // As wide as the longest value, so that nothing moves while it changes.
        const ends = [now.min, now.max].map((n) => formatNumber(n ?? 0, now.step).length);
        value.style.minWidth = `${Math.max(...ends)}ch`;
      },
    };
    this.#controls.set(param.name, control);
    input.addEventListener("input", () => {
      const chosen = read(input, control.param);
      if (chosen === undefined || chosen === control.param.value) return;
      this.onChange(setParam(this.#code, control.param, chosen));
    });
    label.append(make(this.document, "span", "dl-param-name", param.name), input);
    if (param.kind === "slider") label.append(value);
    return label;
  }
}

/**
 * What a control is, without its value: it is rebuilt only when this changes.
 * @param {Param} param
 */
function signature({ name, kind, min, max, step, options }) {
  return JSON.stringify([name, kind, min, max, step, options]);
}

/**
 * @param {HTMLInputElement & HTMLSelectElement} input
 * @param {Param} param
 * @returns {Param["value"] | undefined} undefined while the reader types something invalid
 */
function read(input, param) {
  if (param.kind === "checkbox") return input.checked;
  if (param.kind === "dropdown") return param.options?.[input.selectedIndex];
  if (input.value === "" || !input.validity.valid) return undefined;
  return Number(input.value);
}
