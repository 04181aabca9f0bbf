/**
 * CodeMirror in the place of a cell's static code. Loaded when a reader wants to edit.
 */

import { autocompletion, completionKeymap, completionStatus } from "@codemirror/autocomplete";
import {
  defaultKeymap,
  history,
  historyKeymap,
  indentLess,
  indentMore,
  selectAll,
} from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxTree } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  highlightSpecialChars,
  hoverTooltip,
  keymap,
  ViewPlugin,
} from "@codemirror/view";

/** @typedef {ReturnType<typeof createEditor>} Editor */

/** @type {import("@codemirror/state").StateEffectType<number | undefined>} */
const setErrorLine = StateEffect.define();

const errorLine = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(setErrorLine)) continue;
      const { doc } = transaction.state;
      const line = effect.value;
      if (line === undefined || line < 1 || line > doc.lines) return Decoration.none;
      const attributes = { "data-line": String(line) };
      const mark = Decoration.line({ class: "dl-error-line", attributes });
      return Decoration.set(mark.range(doc.line(line).from));
    }
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/**
 * @param {object} options
 * @param {HTMLElement} options.parent
 * @param {string} options.code
 * @param {string} options.label
 * @param {(code: string) => void} options.onChange
 * @param {() => void} options.onRun
 * @param {() => void} options.onRunNext
 * @param {() => void} options.onLeave
 * @param {(what: "complete" | "explain", code: string, offset: number) => Promise<any>} options.ask
 */
export function createEditor({ parent, code, label, onChange, onRun, onRunNext, onLeave, ask }) {
  // A static <pre> does not show the line after a final newline; the editor would.
  const end = code.endsWith("\n") ? "\n" : "";
  /** @param {() => void} action */
  const command = (action) => () => {
    action();
    return true;
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: end ? code.slice(0, -1) : code,
      extensions: [
        keymap.of([
          { key: "Mod-Enter", run: command(onRun) },
          { key: "Shift-Enter", run: command(onRunNext) },
          ...completionKeymap,
          { key: "Tab", run: indentMore, shift: indentLess },
          { key: "Mod-a", run: selectAll },
          ...searchKeymap,
          // The first Escape closes the list of completions, the next one leaves.
          {
            key: "Escape",
            run: (view) => {
              if (completionStatus(view.state) !== null) return false;
              onLeave();
              return true;
            },
          },
          ...historyKeymap,
          ...defaultKeymap,
        ]),
        pythonLanguage,
        pygments,
        indentUnit.of("    "),
        indentOnInput(),
        bracketMatching(),
        autocompletion({
          override: [completions(ask)],
          defaultKeymap: false,
          icons: false,
          maxRenderedOptions: 60,
        }),
        hoverTooltip((view, position) => hover(ask, view, position), { hideOnChange: true }),
        history(),
        // Code from a link may hide what it does behind invisible and reversing characters.
        highlightSpecialChars(),
        search({ top: true }),
        highlightSelectionMatches(),
        errorLine,
        EditorView.contentAttributes.of({
          "aria-label": label,
          autocapitalize: "off",
          autocorrect: "off",
          spellcheck: "false",
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString() + end);
        }),
      ],
    }),
  });

  return {
    /** @param {{x: number, y: number}} [at] */
    focus(at) {
      view.focus();
      const position = at && view.posAtCoords(at, false);
      if (position !== undefined) view.dispatch({ selection: { anchor: position } });
    },

    /** Changes only what differs, so that caret and history stay. @param {string} next */
    setCode(next) {
      const old = view.state.doc.toString();
      const text = end && next.endsWith(end) ? next.slice(0, -1) : next;
      let from = 0;
      while (from < old.length && old[from] === text[from]) from += 1;
      let tail = 0;
      const most = Math.min(old.length, text.length) - from;
      while (tail < most && old.at(-1 - tail) === text.at(-1 - tail)) tail += 1;
      const insert = text.slice(from, text.length - tail);
      view.dispatch({ changes: { from, to: old.length - tail, insert } });
    },

    /** @param {number | undefined} line */
    markLine(line) {
      view.dispatch({ effects: setErrorLine.of(line) });
    },

    /** @param {number} line */
    goTo(line) {
      const { doc } = view.state;
      const { from } = doc.line(Math.min(line, doc.lines));
      view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
      view.focus();
    },

    /** Whether Tab reaches the editor. @param {boolean} tabbable */
    setTabbable(tabbable) {
      view.contentDOM.tabIndex = tabbable ? 0 : -1;
    },

    /** @param {number} left */
    scrollTo(left) {
      view.scrollDOM.scrollLeft = left;
    },

    destroy: () => view.destroy(),
  };
}

/** @typedef {(what: "complete" | "explain", code: string, offset: number) => Promise<any>} Ask */

/**
 * Completion from the names that Python knows; the description comes when one is looked at.
 * @param {Ask} ask
 * @returns {import("@codemirror/autocomplete").CompletionSource}
 */
function completions(ask) {
  return async (context) => {
    const before = context.matchBefore(/[\w.]+|import\s+|from\s+/);
    if (!before && !context.explicit) return null;
    const code = context.state.doc.toString();
    /** @type {import("./protocol.js").Completions | null} */
    const found = await ask("complete", code, context.pos);
    if (!found || found.options.length === 0 || context.aborted) return null;
    return {
      from: found.from,
      validFor: /^\w*$/,
      options: found.options.map((option) => ({
        ...option,
        info: () => {
          const text = code.slice(0, found.from) + option.label;
          return ask("explain", text, text.length).then(describe);
        },
      })),
    };
  };
}

/**
 * @param {Ask} ask
 * @param {EditorView} view
 * @param {number} position
 * @returns {Promise<import("@codemirror/view").Tooltip | null>}
 */
async function hover(ask, view, position) {
  const word = view.state.wordAt(position);
  if (!word) return null;
  const found = describe(await ask("explain", view.state.doc.toString(), word.to));
  return found && { pos: word.from, end: word.to, above: true, create: () => ({ dom: found }) };
}

/** @param {import("./protocol.js").Explanation | null} found */
function describe(found) {
  if (!found) return null;
  const box = document.createElement("div");
  box.className = "dl-explanation";
  const head = document.createElement("code");
  head.textContent = found.name + found.signature;
  const text = document.createElement("p");
  text.textContent = found.doc;
  box.append(head, text);
  return box;
}

const BUILTINS = new Set(
  `abs all any bool bytes callable chr complex dict dir divmod enumerate eval exec filter float
  format frozenset getattr hasattr hash hex id input int isinstance issubclass iter len list map
  max min next object oct open ord pow print property range repr reversed round set setattr slice
  sorted staticmethod str sum super tuple type vars zip __import__`.split(/\s+/),
);
const NAMED_OPERATORS = new Set(["and", "in", "is", "not", "or"]);
const SELF = new Set(["self", "cls"]);
const EXCEPTION = /^[A-Z]\w*(Error|Exception|Warning|Interrupt|Iteration|Exit)$/;

/**
 * The class that Pygments gives a token, so that the theme colors the editor like static code.
 * @param {import("@lezer/common").SyntaxNodeRef} node
 * @param {(from: number, to: number) => string} slice
 * @returns {string | null}
 */
export function pygmentsClass({ name, from, to, node }, slice) {
  const { parent, prevSibling } = node;
  switch (name) {
    case "Comment":
      return "c1";
    case "Number":
      return /[.e]/i.test(slice(from, to)) ? "mf" : "mi";
    case "String":
    case "FormatString":
      return parent?.name === "ExpressionStatement" ? "sd" : "s2";
    case "Escape":
      return "se";
    case "Boolean":
    case "None":
      return "kc";
    case "VariableName": {
      const text = slice(from, to);
      if (parent?.name === "FunctionDefinition") return "nf";
      if (parent?.name === "ClassDefinition") return "nc";
      if (parent?.name === "Decorator") return "nd";
      if (parent?.name === "ImportStatement") return isModule(node) ? "nn" : null;
      if (SELF.has(text)) return "bp";
      if (EXCEPTION.test(text)) return "ne";
      return BUILTINS.has(text) && prevSibling?.name !== "." ? "nb" : null;
    }
    case "PropertyName":
      return null;
    case "At":
      return parent?.name === "Decorator" ? "nd" : "o";
    case "(":
    case ")":
    case "[":
    case "]":
    case "{":
    case "}":
    case ",":
    case ":":
    case ";":
      return parent?.name === "FormatReplacement" ? "si" : "p";
    case ".":
    case "*":
    case "**":
      return parent?.name === "ImportStatement" && name === "." ? "nn" : "o";
  }
  if (/Op$|^Ellipsis$/.test(name)) {
    const text = slice(from, to);
    return NAMED_OPERATORS.has(text) ? "ow" : "o";
  }
  if (NAMED_OPERATORS.has(name)) return "ow";
  return /^[a-z]+$/.test(name) ? "k" : null;
}

/**
 * Whether a name in an import statement is the module's: after `from`, or anywhere in `import x`.
 * @param {import("@lezer/common").SyntaxNode} node
 */
function isModule(node) {
  const first = node.parent?.firstChild;
  if (first?.name !== "from") return true;
  for (let at = node.prevSibling; at; at = at.prevSibling) if (at.name === "import") return false;
  return true;
}

/** One for each class: the view tells by identity that a token stays as it was. @type {Map<string, Decoration>} */
const marks = new Map();

/** @param {string} name */
function mark(name) {
  const known = marks.get(name) ?? Decoration.mark({ class: name });
  marks.set(name, known);
  return known;
}

/** @param {EditorView} view */
function highlight(view) {
  /** @type {RangeSetBuilder<Decoration>} */
  const builder = new RangeSetBuilder();
  const { doc } = view.state;
  /** @param {number} from @param {number} to */
  const slice = (from, to) => doc.sliceString(from, to);
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(view.state).iterate({
      from,
      to,
      enter(node) {
        // Cut to what is visible: of a long line, parts of one string are, and each comes by itself.
        const [start, end] = [Math.max(node.from, from), Math.min(node.to, to)];
        const name = start < end && pygmentsClass(node, slice);
        if (name) builder.add(start, end, mark(name));
      },
    });
  }
  return builder.finish();
}

const pygments = ViewPlugin.define(
  (view) => ({
    decorations: highlight(view),
    tree: syntaxTree(view.state),
    /** @param {import("@codemirror/view").ViewUpdate} update */
    update(update) {
      const tree = syntaxTree(update.state);
      if (!update.docChanged && !update.viewportChanged && tree === this.tree) return;
      this.tree = tree;
      this.decorations = highlight(update.view);
    },
  }),
  { decorations: (plugin) => plugin.decorations },
);
