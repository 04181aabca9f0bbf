/**
 * Bundles the browser side into files whose names hold their content's hash.
 *
 *     node bundle.mjs OUT
 *
 * OUT gets the files and manifest.json: {"entry": …, "style": …, "hide": …, "forward": …, "files": […]}.
 * The service worker, whose address must stay and stand at the site's root, goes beside OUT as sw.js.
 */

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const CACHE = fileURLToPath(new URL("../../../build/cache/fonts", import.meta.url));
const MANIFEST = "manifest.json";
const SERVICE_WORKER = "sw.js";
const LIVE = fileURLToPath(new URL("../../../overrides/live", import.meta.url));

/** @typedef {[first: number, last: number][]} Ranges of Unicode */

/** What most formulas are made of: letters, digits, and the usual signs. */
const COMMON = ranges([
  [0x20, 0x7e], [0xa0], [0xb1], [0xb7], [0xd7], [0x2c6, 0x2dc], [0x391, 0x3c9], [0x3d1], [0x3d5], [0x3f5],
  [0x200b], [0x2026], [0x2032], [0x2113], [0x2190, 0x2193], [0x21a6], [0x21d2], [0x2202], [0x2207, 0x2208], [0x220f], [0x2211, 0x2212],
  [0x2217], [0x221a], [0x221d, 0x221e], [0x2223], [0x2225],
  [0x2229, 0x222b], [0x223c], [0x2248], [0x2260],
  [0x2264, 0x2265], [0x226a, 0x226b], [0x2299], [0x22a4], [0x22c5], [0x22ef], [0x230a, 0x230b], [0x27e8, 0x27e9], [0xe020],
]);

/**
 * Of these fonts, which nearly every page loads, formulas use less: vectors, variables, sets of numbers. The space is
 * in, though none uses it: Firefox takes a line's height from the font that has it, and would load the other half.
 */
const COMMON_OF = {
  "Main-Bold": ranges([[0x20], [0x30, 0x39], [0x61, 0x7a]]),
  "Math-Italic": ranges([[0x20], [0x41, 0x5a], [0x61, 0x7a], [0x3b1, 0x3c9], [0x3d5], [0x3f5]]),
  "AMS-Regular": ranges([[0x20], [0x43], [0x45], [0x4e], [0x50], [0x52], [0x5a], [0x2205], [0x25a0, 0x25a1]]),
};

/** @param {([number] | [number, number])[]} list @returns {Ranges} */
function ranges(list) {
  return list.map(([first, last = first]) => [first, last]);
}

/** @param {string} path */
function commonOf(path) {
  const name = basename(path, ".woff2").replace("KaTeX_", "");
  return COMMON_OF[/** @type {keyof typeof COMMON_OF} */ (name)] ?? COMMON;
}

/** As CSS writes it. @param {Ranges} list */
const unicodeRange = (list) => list.map(([from, to]) => `U+${from.toString(16)}-${to.toString(16)}`).join(",");

/** All the characters that are not in the list. @param {Ranges} list @returns {Ranges} */
function others(list) {
  /** @type {Ranges} */ const before = [[0, list[0][0] - 1]];
  const between = list.map(([, last], i) => /** @type {[number, number]} */ ([last + 1, (list[i + 1]?.[0] ?? 0x110000) - 1]));
  return before.concat(between).filter(([from, to]) => from <= to);
}

/**
 * A font with the common characters only. Made once: it takes a second.
 * @param {string} path
 */
async function part(path) {
  const font = await readFile(path);
  const text = commonOf(path).map(([from, to]) =>
    Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)).join(""),
  ).join("");
  const key = createHash("sha256").update(font).update(text).digest("hex").slice(0, 16);
  const folder = join(CACHE, key);
  const made = join(folder, basename(path).replace("KaTeX_", "KaTeX_Small_"));
  try {
    await readFile(made);
  } catch {
    const { default: subsetFont } = await import("subset-font");
    await mkdir(folder, { recursive: true });
    // Whole or not at all, also when two builds meet.
    const unfinished = `${made}.${process.pid}`;
    await writeFile(unfinished, await subsetFont(font, text, { targetFormat: "woff2" }));
    await rename(unfinished, made);
  }
  return made;
}

/**
 * KaTeX names each font in three formats; every browser that runs WebAssembly takes woff2. A page
 * that has common characters only loads a font half as large.
 */
const mathFonts = {
  name: "math-fonts",
  /** @param {import("esbuild").PluginBuild} builder */
  setup(builder) {
    builder.onLoad({ filter: /katex[^/\\]*\.css$/ }, async ({ path }) => {
      const css = await readFile(path, "utf8");
      /** @type {Promise<string>[]} */ const faces = [];
      const rest = css.replace(/@font-face\s*\{([^}]*)\}/g, (_, face) => {
        faces.push(
          (async () => {
            const [, url] = /url\(([^)]*\.woff2)\)/.exec(face) ?? [];
            const other = face.replace(/;?\s*src:[^;}]*;?/, ";").replace(/^;/, "");
            const common = commonOf(url);
            const whole = `src:url(${url}) format("woff2");unicode-range:${unicodeRange(others(common))}`;
            const made = await part(join(dirname(path), url));
            const few = `src:url("${made}") format("woff2");unicode-range:${unicodeRange(common)}`;
            return `@font-face{${other};${few}}@font-face{${other};${whole}}`;
          })(),
        );
        return "";
      });
      return { contents: (await Promise.all(faces)).join("") + rest, loader: "css" };
    });
  },
};

/**
 * @param {string} out
 * @param {import("esbuild").BuildOptions} options
 */
async function bundle(out, options) {
  const { metafile } = await build({
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    outdir: out,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".py": "text", ".woff2": "file" },
    plugins: [mathFonts],
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    ...options,
  });
  const outputs = Object.entries(metafile?.outputs ?? {});
  /** @param {string} source */
  const built = (source) => {
    const found = outputs.find(([, { entryPoint }]) => entryPoint?.endsWith(`/${source}`));
    if (!found) throw new Error(`${source} was not built`);
    return basename(found[0]);
  };
  return { built, files: outputs.map(([path]) => basename(path)) };
}

/**
 * Two builds of one checkout may meet: each works in a folder of its own, and what it has made takes its place file by
 * file, each as a whole.
 * @param {string} place
 */
async function main(place) {
  const out = `${place}.${process.pid}`;
  await mkdir(out, { recursive: true });
  await mkdir(place, { recursive: true });
  const worker = await bundle(out, { entryPoints: [join(LIVE, "worker.js")] });
  const page = await bundle(out, {
    entryPoints: [join(LIVE, "page.js"), join(LIVE, "site.css")],
    splitting: true,
    define: { __WORKER__: JSON.stringify(`./${worker.built("worker.js")}`) },
  });
  await build({
    entryPoints: [join(LIVE, "sw.js")],
    outfile: join(out, SERVICE_WORKER),
    bundle: true,
    minify: true,
    format: "iife", // not every browser knows modules here
    target: "es2022",
    legalComments: "none",
    logLevel: "warning",
  });
  // What must run before the page is there: a module would come too late.
  const head = await bundle(out, {
    entryPoints: [join(LIVE, "hide.js"), join(LIVE, "forward.js")],
    format: "iife",
  });
  const manifest = {
    entry: page.built("page.js"),
    style: page.built("site.css"),
    hide: head.built("hide.js"),
    forward: head.built("forward.js"),
    files: [...worker.files, ...page.files, ...head.files].sort(),
  };
  await rename(join(out, SERVICE_WORKER), join(dirname(place), SERVICE_WORKER));
  for (const name of manifest.files) await rename(join(out, name), join(place, name));
  await writeFile(join(out, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(join(out, MANIFEST), join(place, MANIFEST));
  await rm(out, { recursive: true });
  const made = new Set([...manifest.files, MANIFEST]);
  for (const name of await readdir(place)) if (!made.has(name)) await rm(join(place, name), { force: true });
}

const [, script, out] = process.argv;
if (!out) {
  process.stderr.write(`usage: node ${basename(dirname(script))}/${basename(script)} OUT\n`);
  process.exit(2);
}
await main(out);
