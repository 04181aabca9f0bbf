/** The file name of the worker's bundle, put in by bundle.mjs. */
declare const __WORKER__: string;

/** Python files are bundled as text. */
declare module "*.py" {
  const source: string;
  export default source;
}

/** Of what it exports, the build uses the function alone. */
declare module "subset-font" {
  export default function subsetFont(
    font: Uint8Array,
    text: string,
    options: { targetFormat: "woff2" },
  ): Promise<Uint8Array>;
}
