/**
 * Bundles the browser side into files whose names hold their content's hash.
 *
 *     node bundle.mjs OUT
 *
 * OUT gets the files and manifest.json: {"entry": …, "style": …, "files": […]}. The service worker,
 * whose address must stay and stand at the site's root, goes beside OUT as sw.js.
 */

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const LIVE = fileURLToPath(new URL("../../../overrides/live", import.meta.url));

/** KaTeX names each font in three formats; every browser that runs WebAssembly takes woff2. */
const onlyWoff2 = {
  name: "only-woff2",
  /** @param {import("esbuild").PluginBuild} builder */
  setup(builder) {
    builder.onLoad({ filter: /katex[^/\\]*\.css$/ }, async ({ path }) => {
      const css = await readFile(path, "utf8");
      const contents = css.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\([^)]*\)/g, "");
      return { contents, loader: "css" };
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
    plugins: [onlyWoff2],
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    ...options,
  });
  const outputs = Object.entries(metafile?.outputs ?? {});
  /** @param {string} source */
  const built = (source) => {
    const found = outputs.find(([, { entryPoint }]) => entryPoint?.endsWith(source));
    if (!found) throw new Error(`${source} was not built`);
    return basename(found[0]);
  };
  return { built, files: outputs.map(([path]) => basename(path)) };
}

/** @param {string} out */
async function main(out) {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const worker = await bundle(out, { entryPoints: [join(LIVE, "worker.js")] });
  const page = await bundle(out, {
    entryPoints: [join(LIVE, "page.js"), join(LIVE, "site.css")],
    splitting: true,
    define: { __WORKER__: JSON.stringify(`./${worker.built("worker.js")}`) },
  });
  await build({
    entryPoints: [join(LIVE, "sw.js")],
    outfile: join(dirname(out), "sw.js"),
    bundle: true,
    minify: true,
    format: "iife", // not every browser knows modules here
    target: "es2022",
    legalComments: "none",
    logLevel: "warning",
  });
  const manifest = {
    entry: page.built("page.js"),
    style: page.built("site.css"),
    files: [...worker.files, ...page.files].sort(),
  };
  await writeFile(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

const [, script, out] = process.argv;
if (!out) {
  process.stderr.write(`usage: node ${basename(dirname(script))}/${basename(script)} OUT\n`);
  process.exit(2);
}
await main(out);
