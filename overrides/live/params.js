/**
 * Colab's form syntax: `name = literal  # @param {type:"slider", min:0, max:1, step:0.1}`.
 * Reads the controls that a cell's code asks for, and writes a control's value back.
 */

/**
 * @typedef {object} Param
 * @property {string} name
 * @property {"slider" | "number" | "dropdown" | "checkbox"} kind
 * @property {number | string | boolean} value
 * @property {number} line 1-based
 * @property {number} from where the literal begins in the code
 * @property {number} to where it ends
 * @property {number} [min]
 * @property {number} [max]
 * @property {number} [step]
 * @property {(string | number)[]} [options]
 */

/** @typedef {{message: string, line: number}} ParamError */

const LINE = /^([ \t]*)([A-Za-z_]\w*)([ \t]*=[ \t]*)(.*?)[ \t]+#[ \t]*@param\b[ \t]*(.*)$/;
const NUMBER = /^[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(e[+-]?\d+)?$/i;
const STRING = /^(["'])((?:\\.|(?!\1)[^\\])*)\1$/;

/** @type {Record<string, Param["kind"]>} */
const KINDS = {
  slider: "slider",
  number: "number",
  integer: "number",
  dropdown: "dropdown",
  boolean: "checkbox",
  checkbox: "checkbox",
};

/** @type {Record<Param["kind"], string[]>} */
const KEYS = {
  slider: ["min", "max", "step"],
  number: ["min", "max", "step"],
  dropdown: ["options"],
  checkbox: [],
};

/**
 * @param {string} code
 * @returns {{params: Param[], errors: ParamError[]}}
 */
export function parseParams(code) {
  /** @type {Param[]} */ const params = [];
  /** @type {ParamError[]} */ const errors = [];
  let start = 0;
  for (const [index, text] of code.split("\n").entries()) {
    const match = LINE.exec(text);
    if (match) {
      const [, indent, name, equals, literal, form] = match;
      const from = start + indent.length + name.length + equals.length;
      const at = { name, line: index + 1, from, to: from + literal.length };
      try {
        if (params.some((param) => param.name === name)) {
          throw new Error(`${name} has two @param lines`);
        }
        params.push({ ...at, ...describe(literal, form.trim()) });
      } catch (error) {
        errors.push({ message: /** @type {Error} */ (error).message, line: at.line });
      }
    }
    start += text.length + 1;
  }
  return { params, errors };
}

/**
 * The code with the parameter's literal replaced and everything else as it was.
 * @param {string} code
 * @param {Param} param
 * @param {Param["value"]} value
 */
export function setParam(code, param, value) {
  const old = code.slice(param.from, param.to);
  return code.slice(0, param.from) + literalOf(value, old, param) + code.slice(param.to);
}

/**
 * A number as the form shows it: as many decimals as the step has.
 * @param {number} value
 * @param {number | undefined} step
 */
export function formatNumber(value, step) {
  if (step === undefined) return String(value);
  const digits = /\.(\d+)|e-(\d+)/.exec(String(step));
  return value.toFixed(digits ? (digits[1]?.length ?? Number(digits[2])) : 0);
}

/**
 * @param {Param["value"]} value
 * @param {string} old the literal it replaces: a float stays a float, quotes stay as they are
 * @param {Param} param
 */
function literalOf(value, old, param) {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") {
    const quote = old.startsWith("'") ? "'" : '"';
    const escaped = value.replace(/[\\"']/g, (c) => (c === "\\" || c === quote ? `\\${c}` : c));
    return quote + escaped + quote;
  }
  const text = param.kind === "dropdown" ? String(value) : formatNumber(value, param.step);
  return /[.e]/i.test(old) && /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/**
 * @param {string} literal
 * @param {string} form
 */
function describe(literal, form) {
  const value = parseLiteral(literal);
  const spec = parseForm(form);
  const options = Array.isArray(spec) ? spec : undefined;
  /** @type {Record<string, unknown>} */
  const fields = options ? { type: "dropdown", options } : { ...spec };
  const type = String(fields.type);
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (!kind) {
    const types = Object.keys(KINDS).join(", ");
    throw new Error(`@param needs a type, one of ${types}; it has ${JSON.stringify(fields.type)}`);
  }
  for (const key of Object.keys(fields)) {
    if (key !== "type" && !KEYS[kind].includes(key)) {
      throw new Error(`@param of type ${fields.type} does not know ${JSON.stringify(key)}`);
    }
  }
  const check = { slider: range, number: range, dropdown: choice, checkbox: truth }[kind];
  return { kind, value, ...check(value, fields, kind) };
}

/**
 * @param {Param["value"]} value
 * @param {Record<string, unknown>} fields
 * @param {Param["kind"]} kind
 */
function range(value, fields, kind) {
  if (typeof value !== "number") throw new Error(`a ${kind} needs a number`);
  for (const key of KEYS.slider) {
    const bound = fields[key];
    if (bound === undefined && (kind !== "slider" || key === "step")) continue;
    if (typeof bound !== "number") throw new Error(`a ${kind} needs a number for ${key}`);
  }
  const { min, max } = /** @type {Record<string, number | undefined>} */ (fields);
  const whole = Number.isInteger(value) && Number.isInteger(min) && Number.isInteger(max);
  const given = /** @type {number | undefined} */ (fields.step);
  const counts = fields.type === "integer" || (kind === "slider" && whole);
  const step = given ?? (counts ? 1 : undefined);
  if (step !== undefined && step <= 0) throw new Error("step must be positive");
  if (min !== undefined && max !== undefined && min >= max) {
    throw new Error(`min ${min} is not below max ${max}`);
  }
  if (value < (min ?? -Infinity) || value > (max ?? Infinity)) {
    throw new Error(`${value} is not between ${min ?? "−∞"} and ${max ?? "∞"}`);
  }
  if (kind === "slider" && step === undefined) {
    const width = /** @type {number} */ (max) - /** @type {number} */ (min);
    return { min, max, step: 10 ** Math.floor(Math.log10(width / 50)) };
  }
  return { min, max, step };
}

/**
 * @param {Param["value"]} value
 * @param {Record<string, unknown>} fields
 */
function choice(value, { options }) {
  const valid =
    Array.isArray(options) &&
    options.length > 0 &&
    options.every((option) => typeof option === "string" || typeof option === "number");
  if (!valid) throw new Error("a dropdown needs options: a list of strings or numbers");
  if (!options.some((option) => option === value)) {
    throw new Error(`${JSON.stringify(value)} is not one of the options`);
  }
  return { options };
}

/** @param {Param["value"]} value */
function truth(value) {
  if (typeof value !== "boolean") throw new Error("a checkbox needs True or False");
  return {};
}

/** @param {string} literal */
function parseLiteral(literal) {
  if (literal === "True") return true;
  if (literal === "False") return false;
  if (NUMBER.test(literal)) return Number(literal.replaceAll("_", ""));
  const string = STRING.exec(literal);
  if (string) return string[2].replace(/\\(.)/g, "$1");
  throw new Error(`@param needs a number, a string, True or False, not ${literal}`);
}

/**
 * Colab writes JSON with unquoted keys; single quotes occur too.
 * @param {string} form
 * @returns {unknown[] | Record<string, unknown>}
 */
function parseForm(form) {
  const json = form.replace(
    /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|([A-Za-z_]\w*)(?=\s*:)/g,
    (token, key) => {
      if (key) return JSON.stringify(key);
      return token.startsWith("'") ? JSON.stringify(token.slice(1, -1)) : token;
    },
  );
  let parsed;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new Error(`@param ${form || "without a form"} cannot be read`);
  }
  if (typeof parsed !== "object" || parsed === null) {
    throw new Error(`@param ${form} is neither {…} nor [ … ]`);
  }
  return parsed;
}
