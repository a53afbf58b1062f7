import { type Path, showPath } from "../problem.ts";
import { type Quote, scalarText } from "./scalar-text.ts";

export interface BlockStyle {
  /** Columns that a section's keys are to the right of its own key. */
  readonly step: number;
  /** The same for the dashes of a list; often 0. */
  readonly dash: number;
  readonly quote: Quote;
}

export type CommentAt = (path: Path) => string | undefined;

/** Plain data as lines of block YAML, without line ends; the first level is at column 0. */
export function blockLines(
  value: unknown,
  style: BlockStyle,
  commentAt: CommentAt = () => undefined,
  path: Path = [],
): string[] {
  if (!isCollection(value) || isEmpty(value)) return [inlineText(value, style)];
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => {
      const at = [...path, index];
      const [first = "", ...rest] = blockLines(item, style, commentAt, at);
      return [...commentLines(commentAt(at)), `- ${first}`, ...indented(rest, 2)];
    });
  }
  return entries(value).flatMap(([key, child]) => {
    const at = [...path, key];
    return [...commentLines(commentAt(at)), ...entryLines(key, child, style, commentAt, at)];
  });
}

/** `key: value`, or `key:` and what is below it. */
export function entryLines(
  key: string,
  value: unknown,
  style: BlockStyle,
  commentAt?: CommentAt,
  path?: Path,
): string[] {
  const name = scalarText(key, { quote: style.quote, inFlow: false });
  if (!isCollection(value) || isEmpty(value)) return [`${name}: ${inlineText(value, style)}`];
  const below = blockLines(value, style, commentAt, path);
  return [`${name}:`, ...indented(below, Array.isArray(value) ? style.dash : style.step)];
}

/** On one line, collections in brackets. */
export function inlineText(value: unknown, { quote }: BlockStyle, inFlow = false): string {
  if (!isCollection(value)) return scalarText(value, { quote, inFlow });
  const style: BlockStyle = { quote, step: 2, dash: 0 };
  if (Array.isArray(value)) {
    return `[${value.map((item: unknown) => inlineText(item, style, true)).join(", ")}]`;
  }
  const texts = entries(value).map(
    ([key, child]) =>
      `${scalarText(key, { quote, inFlow: true })}: ${inlineText(child, style, true)}`,
  );
  return texts.length === 0 ? "{}" : `{ ${texts.join(", ")} }`;
}

export function commentLines(comment: string | undefined): string[] {
  if (comment === undefined) return [];
  return comment.split(/\r\n|[\n\r\u0085\u2028\u2029]/).map((line) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced.
    const text = line.replace(/[\u0000-\u001f\u007f-\u009f\ufeff]/g, " ").trimEnd();
    return text === "" ? "#" : `# ${text}`;
  });
}

export function indented(lines: readonly string[], columns: number): string[] {
  return lines.map((line) => " ".repeat(columns) + line);
}

export function isCollection(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

export function isEmpty(value: object): boolean {
  return Array.isArray(value) ? value.length === 0 : entries(value).length === 0;
}

function entries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, child]) => child !== undefined);
}

/** Comments by the path that they stand above. */
export function commentsByPath(
  comments: readonly { readonly path: Path; readonly text: string }[],
): CommentAt {
  const texts = new Map(comments.map(({ path, text }) => [showPath(path), text]));
  return texts.size === 0 ? () => undefined : (path) => texts.get(showPath(path));
}
