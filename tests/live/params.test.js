import assert from "node:assert/strict";
import { test } from "node:test";
import { formatNumber, parseParams, setParam } from "../../overrides/live/params.js";

/** @param {string} line */
const only = (line) => {
  const { params, errors } = parseParams(line);
  assert.deepEqual(errors, []);
  assert.equal(params.length, 1);
  return params[0];
};

test("a slider, with its place in the code", () => {
  const code = 'import numpy\n\ndelta = 1.0  # @param {type:"slider", min:0.1, max:3, step:0.1}\n';
  const param = only(code);
  assert.equal(code.slice(param.from, param.to), "1.0");
  assert.deepEqual(param, {
    name: "delta", kind: "slider", value: 1, min: 0.1, max: 3, step: 0.1, line: 3, from: 22, to: 25,
  });
});

test("the other types, in Colab's spellings", () => {
  assert.equal(only('n = 1_000 # @param {type:"integer"}').value, 1000);
  assert.equal(only('n = 3 # @param {type:"integer"}').step, 1);
  assert.equal(only('x = -2.5e-3 # @param {"type":"number"}').value, -0.0025);
  assert.deepEqual(only('m = "b" # @param ["a", "b"]').options, ["a", "b"]);
  assert.deepEqual(only(`m = 'b' # @param {type:'dropdown', options:['a', 'b']}`).options, ["a", "b"]);
  assert.equal(only("on = True  #@param {type:\"boolean\"}").value, true);
  assert.equal(only('n = 3 # @param {type:"slider", min:1, max:9}').step, 1);
  assert.equal(only('  n = 0.3 # @param {type:"slider", min:0, max:1}').step, 0.01);
  assert.equal(only('s = "a # b"  # @param ["a # b"]').value, "a # b");
});

test("code without forms has none", () => {
  assert.deepEqual(parseParams("x = 1  # a comment about @params\ny = f(x)  # @ param\n"), {
    params: [], errors: [],
  });
});

for (const [line, message] of [
  ['x = 5 # @param {type:"slider", min:0, max:3}', /5 is not between 0 and 3/],
  ['x = 1 # @param {type:"slider", min:0}', /needs a number for max/],
  ['x = 1 # @param {type:"slider", min:3, max:1}', /min 3 is not below max 1/],
  ['x = 1 # @param {type:"slider", min:0, max:2, step:0}', /step must be positive/],
  ['x = "a" # @param {type:"slider", min:0, max:3}', /needs a number/],
  ['x = 1 # @param {type:"knob"}', /needs a type, one of slider/],
  ['x = 1 # @param {type:"constructor", min:0}', /needs a type, one of slider/],
  ['x = 1 # @param {type:"number", colour:1}', /does not know "colour"/],
  ['x = "c" # @param ["a", "b"]', /"c" is not one of the options/],
  ['x = "c" # @param []', /needs options/],
  ['x = 1 # @param {type:"boolean"}', /True or False/],
  ['x = f(1) # @param {type:"number"}', /not f\(1\)/],
  ['x = 1 # @param {type:', /cannot be read/],
  ['x = 1 # @param', /without a form/],
]) {
  test(`refuses ${line}`, () => {
    const { params, errors } = parseParams(`\n${line}\n`);
    assert.deepEqual(params, []);
    assert.equal(errors[0].line, 2);
    assert.match(errors[0].message, /** @type {RegExp} */ (message));
  });
}

test("a name with two forms", () => {
  const line = 'x = 1 # @param {type:"number"}\n';
  assert.match(parseParams(line + line).errors[0].message, /two @param lines/);
});

test("writing a value changes the literal and nothing else", () => {
  /** @param {string} code @param {number | string | boolean} value */
  const set = (code, value) => setParam(code, only(code), value);
  const slider = 'd =  1.0  # @param {type:"slider", min:0.1, max:3, step:0.1}';
  assert.equal(set(slider, 0.30000000000000004), slider.replace("1.0", "0.3"));
  assert.equal(set(slider, 2), slider.replace("1.0", "2.0"));
  assert.equal(set('n = 3 # @param {type:"integer"}', 7), 'n = 7 # @param {type:"integer"}');
  assert.equal(set('x = 1.0 # @param {type:"number"}', 2), 'x = 2.0 # @param {type:"number"}');
  assert.equal(set("m = 'a' # @param ['a', \"it's\"]", "it's"), "m = 'it\\'s' # @param ['a', \"it's\"]");
  assert.equal(set('b = True # @param {type:"boolean"}', false), 'b = False # @param {type:"boolean"}');
});

test("what was written is read back", () => {
  for (const value of ['say "hi"', "back\\slash", "it's"]) {
    const code = `m = "x" # @param ${JSON.stringify(["x", value])}`;
    assert.equal(only(setParam(code, only(code), value)).value, value);
  }
});

test("numbers have the step's decimals", () => {
  assert.equal(formatNumber(0.1 + 0.2, 0.05), "0.30");
  assert.equal(formatNumber(3, 1), "3");
  assert.equal(formatNumber(0.0000002, 1e-7), "0.0000002");
});
