import { type Document, parseDocument } from "yaml";
import { Lines } from "./lines.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import { problem } from "./problem.ts";
import {
  MAX_DEPTH,
  MAX_PROBLEMS,
  type Place,
  SYNTAX,
  type TextProblem,
  TOO_MANY_VALUES,
  YamlReader,
} from "./yaml-reader.ts";

export interface YamlSource {
  /** Plain data; undefined when the text could not be read at all. */
  readonly value: unknown;
  readonly place: Place;
  readonly problems: readonly TextProblem[];
  /** Offset of the first syntax error; what ends before it was read as it was meant. */
  readonly soundUntil: number;
  /** Line and column, from 1. */
  position(offset: number): { readonly line: number; readonly column: number };
}

/** One of 2,000 queues with five compute resources each has about 3.2 million. */
export const MAX_LENGTH = 8 * 1024 * 1024;
/** The library takes about 2 µs for each, so this bounds the time. Of 2,000 queues: 300,000. */
const MAX_MARKS = 700_000;
/** The library quotes what it did not expect, however long that is. */
const MAX_MESSAGE = 200;
const WRONG_FILE = "check that this is the right file";

/** Reads YAML 1.2, with merge keys, into plain data. Never throws, whatever the text is. */
export function readYaml(text: string): YamlSource {
  if (text.length > MAX_LENGTH) {
    return unreadable(
      `the file has ${text.length} characters, and a cluster file at most ${MAX_LENGTH}`,
    );
  }
  if (hasTooManyMarks(text)) {
    const message = `the file has more than ${MAX_MARKS} lines, colons, hyphens, brackets, commas and quotes`;
    return unreadable(message);
  }
  const plain = readPlainYaml(text);
  if (plain === "too large") return unreadable(TOO_MANY_VALUES);
  if (plain !== undefined) {
    const { position } = new Lines(text);
    return { ...plain, problems: [], soundUntil: Number.POSITIVE_INFINITY, position };
  }
  return readWithLibrary(text);
}

/** All of YAML, and all that is wrong with it. */
export function readWithLibrary(text: string): YamlSource {
  if (nestingOf(text) > MAX_DEPTH * 4) {
    return unreadable("the file is nested too deeply to be a cluster file");
  }
  let document: Document.Parsed;
  try {
    document = withoutTraces(() =>
      parseDocument(text, {
        prettyErrors: false,
        schema: "core",
        version: "1.2",
        // Checked by our reader: the library compares each key with every other.
        uniqueKeys: false,
        logLevel: "error",
      }),
    );
  } catch {
    // The library recurses: nesting that gets past the check above can still end its stack.
    return unreadable("the file can't be read as YAML");
  }
  const complaints = [...document.errors.slice(0, MAX_PROBLEMS), ...document.warnings];
  const syntax = complaints.slice(0, MAX_PROBLEMS).map((error) => ({
    ...problem(SYNTAX, [], complaint(error.message), adviceFor(error.code)),
    offset: error.pos[0],
  }));
  const reader = new YamlReader();
  const { value, place } = reader.read(document.contents, []);
  return {
    value: reader.isTooLarge ? undefined : value,
    place,
    problems: [...syntax, ...reader.problems],
    soundUntil: document.errors[0]?.pos[0] ?? Number.POSITIVE_INFINITY,
    position: new Lines(text).position,
  };
}

/** The library makes an error object for each mistake, and most of its time would go into these. */
function withoutTraces<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function unreadable(message: string): YamlSource {
  return {
    value: undefined,
    place: { offset: 0, end: 0, keys: new Map(), items: [] },
    problems: [{ ...problem(SYNTAX, [], message, WRONG_FILE), offset: 0 }],
    soundUntil: 0,
    position: () => ({ line: 1, column: 1 }),
  };
}

function hasTooManyMarks(text: string): boolean {
  if (text.length <= MAX_MARKS) return false;
  let marks = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (MARKS[text.charCodeAt(index)] === 1) marks += 1;
  }
  return marks > MAX_MARKS;
}

/** 1 for the characters that can make much work. */
const MARKS = new Uint8Array(128);
for (const mark of "\n:-,[]{}&*!%?\"'") MARKS[mark.charCodeAt(0)] = 1;

/** Cheap and rough: how deep one line or its brackets will make the parser go. */
function nestingOf(text: string): number {
  let brackets = 0;
  let nested = 0;
  let deepest = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === "[" || character === "{") brackets += 1;
    else if ((character === "]" || character === "}") && brackets > 0) brackets -= 1;
    // `- - - -` and `? ? ? ?` nest on one line.
    if ((character === "-" || character === "?") && text[index + 1] === " ") nested += 1;
    else if (character !== " ") nested = 0;
    deepest = Math.max(deepest, brackets, nested);
  }
  return deepest;
}

/** The library's first line, in our case; it also passes on what the engine says of its stack. */
function complaint(message: string): string {
  if (message.includes("call stack")) return "values are nested too deeply from here on";
  if (message.includes("multiple documents")) return "the file holds several documents";
  const line = (message.split("\n", 1)[0] ?? message).slice(0, MAX_MESSAGE);
  return line.charAt(0).toLowerCase() + line.slice(1).replace(UNSAFE, escaped);
}

function adviceFor(code: string): string {
  switch (code) {
    case "TAB_AS_INDENT":
      return "indent with spaces";
    case "MULTIPLE_DOCS":
      return "keep one document, without `---` in between";
    case "TAG_RESOLVE_FAILED":
      return "remove the tag that starts with `!`";
    case "MISSING_CHAR":
      return "close the quote or bracket that is open here";
    case "BAD_INDENT":
    case "BLOCK_AS_IMPLICIT_KEY":
      return "line up the keys of a section and put a space after each colon";
    default:
      return "correct the YAML here";
  }
}

/** What would end a line, or hide what follows it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
