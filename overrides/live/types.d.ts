/** The file name of the worker's bundle, put in by bundle.mjs. */
declare const __WORKER__: string;

/** Python files are bundled as text. */
declare module "*.py" {
  const source: string;
  export default source;
}
