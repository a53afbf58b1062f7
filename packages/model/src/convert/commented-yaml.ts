import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";

type Plain = string | number | boolean;
type Value = Plain | readonly Plain[] | Section | readonly Section[];

/**
 * A section of a cluster file that is being written: keys in order, each with its comment.
 * Comments may have several lines; whatever else would break out of one is made harmless.
 */
export class Section {
  readonly #about: string | undefined;
  readonly #pairs: Pair<Scalar, Scalar | YAMLMap | YAMLSeq>[] = [];
  readonly #remarks: string[] = [];

  /** @param about a comment at the top of the section. */
  constructor(about?: string) {
    this.#about = about;
  }

  get isEmpty(): boolean {
    return this.#pairs.length === 0;
  }

  /**
   * Adds a key. Nothing is written without a value, nor for an empty list; of a section without
   * keys only its remarks are kept.
   *
   * @param note a comment behind a plain value, or above the key of anything else.
   */
  put(key: string, value: Value | undefined, note?: string): this {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return this;
    if (value instanceof Section && value.isEmpty) {
      for (const text of value.#remarks) this.remark(text);
      return this;
    }
    const keyNode = new Scalar(key);
    const node = nodeOf(value);
    if (note !== undefined) {
      if (node instanceof Scalar && !note.includes("\n")) node.comment = commentOf(note);
      else keyNode.commentBefore = commentOf(note);
    }
    this.#pairs.push(new Pair(keyNode, node));
    return this;
  }

  /** A comment at the end of the section, such as for what could not be written. */
  remark(text: string): this {
    this.#remarks.push(text);
    return this;
  }

  /** The text of a file that has this section at its root, with an empty line between its keys. */
  toText(): string {
    const document = new Document(this.#node());
    if (this.#about !== undefined) {
      document.commentBefore = commentOf(this.#about);
      if (document.contents !== null) document.contents.commentBefore = null;
    }
    for (const [index, { key }] of this.#pairs.entries()) key.spaceBefore = index > 0;
    return document.toString({ lineWidth: 0, flowCollectionPadding: false });
  }

  #node(): YAMLMap<Scalar, Scalar | YAMLMap | YAMLSeq> {
    const map = new YAMLMap<Scalar, Scalar | YAMLMap | YAMLSeq>();
    map.items = [...this.#pairs];
    if (this.#about !== undefined) map.commentBefore = commentOf(this.#about);
    if (this.#remarks.length > 0) map.comment = commentOf(this.#remarks.join("\n"));
    return map;
  }

  static nodeOf(section: Section): YAMLMap {
    return section.#node();
  }
}

function nodeOf(value: Value): Scalar | YAMLMap | YAMLSeq {
  if (value instanceof Section) return Section.nodeOf(value);
  if (!Array.isArray(value)) return scalarOf(value);
  const list = new YAMLSeq();
  list.items = value.map(nodeOf);
  return list;
}

/** Readers of YAML 1.1, such as ParallelCluster's, take these for numbers or truth values. */
const AMBIGUOUS = /^(\d+(:\d+)+|y|n|yes|no|on|off)$/i;

function scalarOf(value: unknown): Scalar {
  const scalar = new Scalar(value);
  if (typeof value === "string" && AMBIGUOUS.test(value)) scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

/** What ends a line for any reader of YAML, or moves a terminal's cursor, becomes a blank. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get through.
const HARMFUL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function commentOf(text: string): string {
  return text
    .replace(HARMFUL, " ")
    .split("\n")
    .map((line) => (line === "" ? "" : ` ${line}`))
    .join("\n");
}
