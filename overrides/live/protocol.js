/**
 * Every message between the page and the worker, and every event of a run. Nothing else crosses.
 */

/**
 * Events of the runner (src/dlsite/runner.py).
 * @typedef {{type: "stream", name: "stdout" | "stderr", text: string}} StreamEvent
 * @typedef {{type: "display", data: Record<string, unknown>, id?: string}} DisplayEvent
 * @typedef {{type: "progress", id: string, done: number, total: number | null,
 *   label: string}} ProgressEvent
 * @typedef {{type: "error", name: string, message: string, line: number | null, hint: string,
 *   text: string, full: string}} ErrorEvent
 * @typedef {{type: "done", ok: boolean, seconds: number}} DoneEvent
 */

/**
 * Added by the worker: what the caps kept back so far; a later one replaces an earlier one.
 * @typedef {{type: "omitted", lines: number, characters: number, displays: number}} OmittedEvent
 */

/**
 * @typedef {StreamEvent | DisplayEvent | ProgressEvent | ErrorEvent | OmittedEvent |
 *   DoneEvent} RunEvent
 */

/**
 * What a worker needs to start Python, downloaded, unpacked and compiled: the page gives it to the next one.
 * @typedef {{info: import("./download.js").RuntimeInfo, lock: any, memory: Uint8Array,
 *   snapshot: import("./snapshot.js").Snapshot, wasm: WebAssembly.Module,
 *   libraries: WebAssembly.Module[]}} Kept
 */

/**
 * Page to worker.
 * `plain` starts Python without its snapshot; `kept` is from an earlier worker.
 * @typedef {{type: "init", runtime: string, plain?: boolean, kept?: Kept}} InitMessage
 * @typedef {{type: "run", id: number, code: string, cell: string,
 *   session: string | null}} RunMessage
 * @typedef {{type: "forget", session: string}} ForgetMessage
 * @typedef {{type: "ask", id: number, what: "complete" | "explain", code: string, offset: number,
 *   session: string | null}} AskMessage
 * @typedef {{type: "load", id: number, yes: boolean}} LoadMessage
 * @typedef {InitMessage | RunMessage | ForgetMessage | AskMessage | LoadMessage} ToWorker
 */

/**
 * Worker to page. `loading` reports a stage: bytes of all files of the runtime together, and the
 * file that is being waited for (null in a stage that downloads nothing). With the `id` of a run
 * it is about the packages of that `name` which its code imports. `wanted` with their names comes before it and waits
 * for a `load` message, whose no ends the run; `loaded` ends it, or `load-failed` with the same id,
 * which ends the run.
 * @typedef {"download" | "start" | "packages"} Stage
 * @typedef {{type: "loading", stage: Stage, file: string | null, done: number,
 *   total: number, id?: number, name?: string}} LoadingMessage
 * @typedef {{type: "wanted", id: number, names: string[], bytes: number}} WantedMessage
 * @typedef {{type: "loaded", id: number}} LoadedMessage
 * @typedef {{type: "ready", kept?: Kept}} ReadyMessage
 * @typedef {{type: "load-failed", message: string, id?: number}} LoadFailedMessage
 * @typedef {{type: "events", id: number, events: RunEvent[]}} EventsMessage
 * @typedef {{type: "fatal", id: number, message: string}} FatalMessage
 * @typedef {{type: "answer", id: number, value: unknown}} AnswerMessage
 * @typedef {LoadingMessage | WantedMessage | LoadedMessage | ReadyMessage | LoadFailedMessage | EventsMessage |
 *   FatalMessage | AnswerMessage} FromWorker
 */

/**
 * Answers about the code being written (src/dlsite/completion.py).
 * @typedef {{from: number, options: {label: string, type: string}[]}} Completions
 * @typedef {{name: string, signature: string, doc: string}} Explanation
 */

/**
 * What a cell hears from the client about its run. A `loading` with a name comes in the middle of a
 * run, and a second `running` after it.
 * @typedef {{type: "consent", bytes: number, name?: string}} ConsentWanted
 * @typedef {{type: "queued"}} Queued
 * @typedef {{type: "loading", stage: Stage, done: number, total: number, name?: string}} Loading
 * @typedef {{type: "running", replaying: string | null, again?: true}} Running
 * @typedef {{type: "replayed", cells: string[], afterStop: boolean}} Replayed
 * @typedef {{type: "events", events: RunEvent[]}} Events
 * @typedef {{type: "done", ok: boolean, seconds: number}} Done
 * @typedef {{type: "failed", message: string}} Failed
 * @typedef {{type: "stopped"}} Stopped
 * @typedef {ConsentWanted | Queued | Loading | Running | Replayed | Events | Done | Failed |
 *   Stopped} Update
 */

export const MIME_TEXT = "text/plain";
export const MIME_FIGURE = "application/vnd.dlconcepts.figure+json";
export const MIME_SVG = "image/svg+xml";
export const MIME_PNG = "image/png";
export const MIME_TABLE = "application/vnd.dlconcepts.table+json";

/** @type {Record<Stage, string>} */
export const STAGES = {
  download: "Loading Python",
  start: "Starting Python",
  packages: "Loading NumPy",
};
