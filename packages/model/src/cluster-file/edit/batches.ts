import { parseDocument } from "yaml";
import type { Path } from "../problem.ts";
import { valueAt } from "../schema-problems.ts";
import { readYaml } from "../yaml-source.ts";
import type { Edit, Operation } from "./edit.ts";
import { applied, DoesNotFit, operationsOf, sameData } from "./operations.ts";
import { EditableText, type Splice } from "./splices.ts";

/** The text did not come to say what it should. */
export class Unsafe extends DoesNotFit {}

/**
 * Edits that have nothing to do with each other are made at once: finding the nodes of a large text
 * takes a second, and there may be an edit for each of its queues.
 */
export class Batches {
  #text: string;
  /** What the text is to say. */
  #tree: unknown;
  #batch: Batch | undefined;

  constructor(text: string, tree: unknown) {
    this.#text = text;
    this.#tree = tree;
  }

  /** Errors: `DoesNotFit`, and `Unsafe` for this edit or one before it. */
  take(edit: Edit): void {
    for (const operation of operationsOf(edit, this.#tree)) {
      const tree = applied(this.#tree, operation);
      const valueAfter = (path: Path) => valueAt(tree, path);
      if (this.#batch?.take(operation, valueAfter) !== true) {
        this.#flush();
        this.#batch = new Batch(this.#text);
        this.#batch.take(operation, valueAfter);
      }
      this.#tree = tree;
    }
  }

  /** Errors: `Unsafe`. */
  finish(): string {
    this.#flush();
    return this.#text;
  }

  #flush(): void {
    if (this.#batch === undefined) return;
    const text = this.#batch.applied();
    const { value = null, problems } = readYaml(text);
    if (problems.length > 0 || !sameData(value, this.#tree)) throw new Unsafe(UNSAFE);
    this.#text = text;
    this.#batch = undefined;
  }
}

const UNSAFE = "the file is written in a way that this can't be changed without changing more";

/** Splices of one text. */
class Batch {
  readonly #text: string;
  readonly #editable: EditableText;
  /** In the order of the text; at one place in the order in which they came. */
  readonly #splices: Splice[] = [];
  /** Paths whose values are others now, and all paths above them. */
  readonly #touched = new Set<string>();
  readonly #above = new Set<string>();

  constructor(text: string) {
    this.#text = text;
    const options = { keepSourceTokens: true, prettyErrors: false, uniqueKeys: false } as const;
    const document = parseDocument(text, { ...options, schema: "core", logLevel: "error" });
    this.#editable = new EditableText(text, document);
  }

  /** False when it has to wait until the others are made. */
  take(operation: Operation, valueAfter: (path: Path) => unknown): boolean {
    if (this.#isMet(operation)) return false;
    const splices = this.#splicesFor(operation, valueAfter);
    if (splices === undefined) return false;
    const places = splices.map((splice) => this.#placeFor(splice));
    if (places.includes(undefined)) return false;
    for (const splice of splices) this.#splices.splice(this.#placeFor(splice) ?? 0, 0, splice);
    this.#remember(operation);
    return true;
  }

  /** Undefined when it does not fit this text, but may fit the one that the others lead to. */
  #splicesFor(operation: Operation, valueAfter: (path: Path) => unknown): Splice[] | undefined {
    try {
      return this.#editable.splicesFor(operation, valueAfter);
    } catch (error) {
      if (error instanceof DoesNotFit && this.#splices.length > 0) return undefined;
      throw error;
    }
  }

  applied(): string {
    const parts: string[] = [];
    let done = 0;
    for (const { start, end, text } of this.#splices) {
      parts.push(this.#text.slice(done, start), text);
      done = end;
    }
    return [...parts, this.#text.slice(done)].join("");
  }

  #isMet(operation: Operation): boolean {
    const path = operation.kind === "insert" ? operation.path.slice(0, -1) : operation.path;
    const isBelow = path.some((_, index) => this.#touched.has(keyOf(path.slice(0, index))));
    if (isBelow || this.#touched.has(keyOf(path))) return true;
    if (operation.kind === "add" && operation.after !== undefined) {
      return this.#touched.has(keyOf([...path.slice(0, -1), operation.after]));
    }
    const isWhole = operation.kind === "replace" || operation.kind === "remove";
    return isWhole && this.#above.has(keyOf(path));
  }

  #remember({ kind, path }: Operation): void {
    if (kind === "comment") return;
    const isShift = kind === "insert" || (kind === "remove" && typeof path.at(-1) === "number");
    const touched = isShift ? path.slice(0, -1) : path;
    this.#touched.add(keyOf(touched));
    for (let length = 0; length < touched.length; length += 1) {
      this.#above.add(keyOf(touched.slice(0, length)));
    }
  }

  /** Its index in the list, or undefined when it meets another. */
  #placeFor({ start, end }: Splice): number | undefined {
    let low = 0;
    let high = this.#splices.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#splices[middle]?.start ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    const before = this.#splices[low - 1];
    const after = this.#splices[low];
    const isSamePoint = before?.start === start && before.end === start && end === start;
    if (before !== undefined && before.end >= start && !isSamePoint) return undefined;
    return after !== undefined && after.start <= end ? undefined : low;
  }
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
