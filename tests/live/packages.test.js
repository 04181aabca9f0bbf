import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, test } from "node:test";
import { Packages } from "../../overrides/live/packages.js";

const BASE = "https://example.org/runtime/";
/** @type {Record<string, string>} */
const CONTENT = { "six.whl": "six", "mpl.whl": "matplotlib", "scipy.whl": "scipy" };

/** @param {string} file @param {string[]} imports @param {string[]} needs */
const part = (file, imports, needs) => ({
  file, imports, needs,
  bytes: CONTENT[file].length,
  sha256: createHash("sha256").update(CONTENT[file]).digest("hex"),
});
const INFO = {
  pyodide: "", python: "", packages: [], start: [], plain: [], files: {},
  optional: {
    six: part("six.whl", ["six"], ["six"]),
    matplotlib: part("mpl.whl", ["matplotlib", "pylab"], ["six", "matplotlib"]),
    scipy: part("scipy.whl", ["scipy"], ["scipy"]),
  },
};

/** @type {string[]} */ let asked;
/** @type {string[]} */ let installed;
/** @type {Record<string, Response>} */ let faults;
/** @type {AbortSignal[]} */ let signals;
/** @type {import("../../overrides/live/packages.js").Progress[]} */ let reports;
/** @type {Packages} */ let packages;

beforeEach(() => {
  [asked, installed, faults, signals, reports] = [[], [], {}, [], []];
  packages = new Packages({
    base: BASE,
    info: INFO,
    imports: (code) => [...code.matchAll(/^(?:import|from) (\w+)/gm)].map(([, name]) => name),
    install: async (names, fetch) => {
      for (const name of names.flatMap((one) => INFO.optional[/** @type {"six"} */ (one)].needs)) {
        const { file } = INFO.optional[/** @type {"six"} */ (name)];
        installed.push(await (await fetch(BASE + file)).text());
      }
    },
    fetch: async (input, init) => {
      const file = String(input).replace(BASE, "");
      asked.push(file);
      if (init?.signal) signals.push(init.signal);
      return faults[file] ?? new Response(CONTENT[file]);
    },
  });
});

const load = (/** @type {string[]} */ ...names) => packages.load(names, (now) => reports.push(now));

test("what the code imports is wanted, not what it only mentions", () => {
  assert.deepEqual(packages.wanted("print(1)"), []);
  assert.deepEqual(packages.wanted("x = 1  # matplotlib and scipy"), []);
  assert.deepEqual(packages.wanted("import pylab\nfrom scipy import stats"), ["matplotlib", "scipy"]);
  assert.deepEqual(asked, []);
});

test("a runtime without such packages wants none", () => {
  const { optional: _, ...info } = INFO;
  const none = new Packages({ ...packages, base: BASE, info, imports: () => ["scipy"] });
  assert.deepEqual(none.wanted("import scipy"), []);
});

test("a package comes with what it needs, once, and the bytes are counted", async () => {
  assert.equal(packages.bytes(["matplotlib"]), 13);
  await load("matplotlib");
  assert.deepEqual(asked, ["six.whl", "mpl.whl"]);
  assert.equal(packages.bytes(["scipy", "matplotlib"]), 5);
  assert.deepEqual(installed, ["six", "matplotlib"]);
  assert.deepEqual(reports[0], { name: "matplotlib", file: "six.whl", done: 0, total: 13 });
  assert.deepEqual(reports.at(-1), { name: "matplotlib", file: null, done: 13, total: 13 });
  assert.deepEqual(packages.wanted("import matplotlib\nimport six\nimport scipy"), ["scipy"]);
  await load("scipy");
  assert.deepEqual(asked, ["six.whl", "mpl.whl", "scipy.whl"]);
});

test("two packages load together, under both names", async () => {
  await load("matplotlib", "scipy");
  assert.equal(reports.at(-1)?.name, "matplotlib and scipy");
  assert.equal(reports.at(-1)?.total, 18);
});

for (const [what, answer, message] of /** @type {[string, () => Response, RegExp][]} */ ([
  ["missing", () => new Response("", { status: 404 }), /^Error: mpl\.whl did not load: HTTP 404\.$/],
  ["altered", () => new Response("matplotlip"), /^Error: mpl\.whl is not the file it should be\.$/],
  ["cut short", () => new Response("mat"), /^Error: mpl\.whl did not load: only a part of it arrived\.$/],
])) {
  test(`a file that is ${what} installs nothing, ends the other downloads, and can be tried again`, async () => {
    faults["mpl.whl"] = answer();
    await assert.rejects(load("matplotlib"), message);
    assert.deepEqual(installed, []);
    assert.ok(signals.every(({ aborted }) => aborted));
    assert.deepEqual(packages.wanted("import matplotlib"), ["matplotlib"]);
    faults = {};
    await load("matplotlib");
    assert.deepEqual(installed, ["six", "matplotlib"]);
  });
}
