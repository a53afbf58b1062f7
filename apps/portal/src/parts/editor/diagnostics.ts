import type { Diagnostic as Placed } from "@codemirror/lint";
import type { Text } from "@codemirror/state";
import type { Diagnostic } from "./contract.ts";

/** At offsets, as CodeMirror wants them: from the column to the end of what stands there. */
export function placedDiagnostics(doc: Text, diagnostics: readonly Diagnostic[]): Placed[] {
  return diagnostics
    .map((diagnostic) => placed(doc, diagnostic))
    .sort((one, other) => one.from - other.from);
}

function placed(doc: Text, { line, column, level, message, ...more }: Diagnostic): Placed {
  const { suggestion, action } = more;
  const at = doc.line(Math.min(Math.max(1, line), doc.lines));
  const indent = at.text.length - at.text.trimStart().length;
  const start = column === undefined || column < 1 ? indent : column - 1;
  const from = at.from + Math.min(start, at.text.length);
  const rest = at.text.slice(from - at.from);
  const length = column === undefined || column < 1 ? rest.trimEnd().length : wordLength(rest);
  return {
    from,
    to: from + length,
    severity: level,
    message,
    ...(suggestion === undefined ? {} : { renderMessage: () => messageBox(message, suggestion) }),
    ...(action === undefined
      ? {}
      : { actions: [{ name: action.label, apply: () => action.apply() }] }),
  };
}

/** A quoted text, or up to the next space. */
function wordLength(rest: string): number {
  return /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|\S+)/.exec(rest)?.[0].length ?? 0;
}

function messageBox(message: string, suggestion: string): Node {
  const box = document.createElement("span");
  const more = document.createElement("span");
  more.className = "cm-diagnostic-more";
  more.textContent = suggestion;
  box.append(message, more);
  return box;
}
