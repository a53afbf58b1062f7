/** Where a template wants a value, or a piece of itself only sometimes. */
export type TemplatePiece =
  | { readonly kind: "text"; readonly text: string }
  | Placeholder
  | { readonly kind: "if"; readonly condition: TemplateCondition; readonly line: number }
  | { readonly kind: "else"; readonly line: number }
  | { readonly kind: "end"; readonly line: number };

/** `{{name}}`, `{{name...}}` or `{{name joined by ","}}`. */
export interface Placeholder {
  readonly kind: "value";
  readonly field: string;
  readonly as: "word" | "words" | "joined";
  readonly separator: string;
  readonly line: number;
}

/** `name`, `not name`, `name = value`, `name != value`. Without a value: whether there is one. */
export interface TemplateCondition {
  readonly field: string;
  readonly value?: string;
  readonly isNegated: boolean;
}

export interface TemplateProblem {
  /** Of the script, from 1. */
  readonly line: number;
  readonly message: string;
  readonly suggestion: string;
}

const NAME = "[a-z][a-z0-9_]{0,39}";
const VALUE = new RegExp(
  `^\\{\\{\\s*(${NAME})(?:(\\.\\.\\.)|\\s+joined by "([,:;+/_ -])")?\\s*\\}\\}`,
);
const LITERAL = /^\{\{\s*"\{\{"\s*\}\}/;
const DIRECTIVE = /^[ \t]*\{\{\s*(#if\b|#else\b|\/if\b)(.*?)\}\}[ \t]*$/;
const CONDITION = new RegExp(`^\\s*(not\\s+)?(${NAME})\\s*(?:(!?=)\\s*(?:"([^"]*)"|(\\S+)))?\\s*$`);

/** What would end a line early, or hide what follows it; a tab may stand in a script. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/;

/** Reads `{{…}}`; what is around it is not looked at. */
export function readPieces(text: string): {
  readonly pieces: readonly TemplatePiece[];
  readonly problems: readonly TemplateProblem[];
} {
  const pieces: TemplatePiece[] = [];
  const problems: TemplateProblem[] = [];
  const lines = text.split("\n");
  for (const [index, content] of lines.entries()) {
    const line = index + 1;
    const isLast = line === lines.length;
    const directive = DIRECTIVE.exec(content);
    if (CONTROL.test(content)) {
      const suggestion = "remove it, and end lines with a line feed alone";
      problems.push({ line, message: "a control character is in the script", suggestion });
    } else if (directive !== null) {
      const piece = directiveOf(directive[1] ?? "", directive[2] ?? "", line);
      if ("message" in piece) problems.push(piece);
      else pieces.push(piece);
      continue;
    } else readLine(content, line, pieces, problems);
    if (!isLast) pieces.push({ kind: "text", text: "\n" });
  }
  problems.push(...blockProblems(pieces));
  return { pieces, problems };
}

function readLine(
  content: string,
  line: number,
  pieces: TemplatePiece[],
  problems: TemplateProblem[],
): void {
  let rest = content;
  for (let at = rest.indexOf("{{"); at !== -1; at = rest.indexOf("{{")) {
    pieces.push({ kind: "text", text: rest.slice(0, at) });
    rest = rest.slice(at);
    const literal = LITERAL.exec(rest);
    const value = VALUE.exec(rest);
    if (literal !== null) {
      pieces.push({ kind: "text", text: "{{" });
      rest = rest.slice(literal[0].length);
    } else if (value !== null) {
      const [all, field = "", list, separator] = value;
      const as = list !== undefined ? "words" : separator !== undefined ? "joined" : "word";
      pieces.push({ kind: "value", field, as, separator: separator ?? "", line });
      rest = rest.slice(all.length);
    } else {
      problems.push({
        line,
        message: "what follows {{ is no value",
        suggestion:
          'write {{name}}, {{name...}} or {{name joined by ","}}; #if, #else and /if on lines of their own; {{"{{"}} for the two braces themselves',
      });
      rest = rest.slice(2);
    }
  }
  pieces.push({ kind: "text", text: rest });
}

function directiveOf(word: string, rest: string, line: number): TemplatePiece | TemplateProblem {
  if (word !== "#if") {
    if (rest.trim() === "") return { kind: word === "#else" ? "else" : "end", line };
    return { line, message: `${word} has something behind it`, suggestion: `write {{${word}}}` };
  }
  const [all, not, field = "", operator, quoted, bare] = CONDITION.exec(rest) ?? [];
  const value = quoted ?? bare;
  if (all === undefined || (not !== undefined && value !== undefined)) {
    const suggestion = "write {{#if name}}, {{#if not name}}, {{#if name = value}} or !=";
    return { line, message: "that is no condition", suggestion };
  }
  const isNegated = not !== undefined || operator === "!=";
  return {
    kind: "if",
    condition: { field, isNegated, ...(value === undefined ? {} : { value }) },
    line,
  };
}

function blockProblems(pieces: readonly TemplatePiece[]): TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  const open: { line: number; hasElse: boolean }[] = [];
  for (const piece of pieces) {
    if (piece.kind === "if") open.push({ line: piece.line, hasElse: false });
    if (piece.kind === "else") {
      const block = open.at(-1);
      if (block === undefined || block.hasElse) {
        const suggestion = "write one {{#else}} between {{#if …}} and {{/if}}";
        problems.push({ line: piece.line, message: "this {{#else}} has no {{#if}}", suggestion });
      } else block.hasElse = true;
    }
    if (piece.kind === "end" && open.pop() === undefined) {
      const message = "this {{/if}} has no {{#if}}";
      problems.push({ line: piece.line, message, suggestion: "remove it" });
    }
  }
  for (const { line } of open) {
    problems.push({ line, message: "this {{#if}} has no end", suggestion: "write {{/if}}" });
  }
  return problems;
}
