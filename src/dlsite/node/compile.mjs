// Byte-compiles wheels with pyodide-build's own compiler. It has to run on the interpreter that it
// compiles for, so it runs inside Pyodide, and no CPython of that version is needed on the machine.
//
//   node compile.mjs CORE TOOLS WORK
//
// CORE: folder of the npm package pyodide. TOOLS: wheels of pyodide-build and of what it imports.
// WORK: the wheels to compile; each is replaced by its compiled form, whose name has the Python tag.
// Prints one line of JSON: {"python": "3.14.2", "names": {"old.whl": "new.whl"}}.
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const [core, tools, work] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${core}/pyodide.mjs`).href);

const pyodide = await loadPyodide({
  indexURL: `${core}/`,
  env: { HOME: '/home/pyodide', SOURCE_DATE_EPOCH: process.env.SOURCE_DATE_EPOCH },
  stdout: (/** @type {string} */ line) => console.error(line),
});
pyodide.mountNodeFS('/tools', tools);
pyodide.mountNodeFS('/work', work);
const answer = await pyodide.runPythonAsync(`
import json, platform, sys
from pathlib import Path

sys.path[:0] = [str(wheel) for wheel in Path("/tools").glob("*.whl")]
from pyodide_build._py_compile import _py_compile_archive

# py_compile's default optimization is the interpreter's own, 0: NumPy needs its docstrings, and
# readers need the assert statements.
names = {}
for wheel in sorted(Path("/work").glob("*.whl")):
    names[wheel.name] = _py_compile_archive(wheel, keep=False, verbose=False).name
json.dumps({"python": platform.python_version(), "names": names})
`);
console.log(answer);
