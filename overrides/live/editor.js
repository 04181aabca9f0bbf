/**
 * CodeMirror in the place of a cell's static code. Loaded when a reader wants to edit.
 */

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
import { Decoration, drawSelection, EditorView, keymap, ViewPlugin } from "@codemirror/view";

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
 */
export function createEditor({ parent, code, label, onChange, onRun, onRunNext, onLeave }) {
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
          { key: "Tab", run: indentMore, shift: indentLess },
          { key: "Mod-a", run: selectAll },
          ...searchKeymap,
          { key: "Escape", run: command(onLeave) },
          ...historyKeymap,
          ...defaultKeymap,
        ]),
        pythonLanguage,
        pygments,
        indentUnit.of("    "),
        indentOnInput(),
        bracketMatching(),
        history(),
        drawSelection(),
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

    /** @param {number} left */
    scrollTo(left) {
      view.scrollDOM.scrollLeft = left;
    },

    destroy: () => view.destroy(),
  };
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
      if (parent?.name === "ImportStatement") return isModule(node) ? "nn" : "n";
      if (SELF.has(text)) return "bp";
      if (EXCEPTION.test(text)) return "ne";
      return BUILTINS.has(text) && prevSibling?.name !== "." ? "nb" : "n";
    }
    case "PropertyName":
      return "n";
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
        const name = node.from < node.to && pygmentsClass(node, slice);
        if (name) builder.add(node.from, node.to, Decoration.mark({ class: name }));
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
