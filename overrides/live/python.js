/**
 * What every Python of the pages has besides Pyodide: the runner. Knows no browser, because the
 * build does the same to take the snapshot.
 */

export const SITE = "/lib/python3.14/site-packages";
const RUNNER_FOLDER = "/lib/dlrunner";
/** What the runner needs of the package it belongs to, and nothing else of it. */
export const RUNNER_FILES = ["__init__", "completion", "hints", "pictures", "runner"];

/**
 * Writes the runner's files.
 * @param {any} FS
 * @param {Record<string, string>} sources of each of the runner's files, by its name
 */
export function writeRunner(FS, sources) {
  FS.mkdirTree(`${RUNNER_FOLDER}/dlsite`);
  for (const name of RUNNER_FILES) {
    FS.writeFile(`${RUNNER_FOLDER}/dlsite/${name}.py`, sources[name]);
  }
}

/** Python code that makes the runner's files a package, and says how Matplotlib shows figures. */
export const SET_UP = `
import os, sys
sys.path.append("${RUNNER_FOLDER}")
os.environ["MPLBACKEND"] = "module://dlsite.pictures"
`;
