import type { Registers } from "./registers.ts";

/**
 * Jobs of a cluster that must not start there any more, because another cluster has them, by the tags
 * that they carry. They are in registers of the cluster, so that they are known to whichever machine
 * is its head next. What is in there stays: a tag is never used again.
 */

/** A page that is longer gets no more tags: there is another one behind it. Characters. */
const FULL = 40_000;
/** Tags of one writing; with a full page it is far below what a register holds. */
const AT_ONCE = 200;
const TAG = /^[\w=-]{1,80}$/;

const pageName = (index: number): string => `revoked/${index}`;

/** Register that a cloud may write with nothing in it, where who may not list can't see that it is missing. */
export const FIRST_REVOKED = pageName(0);

const tagsIn = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");

interface Page {
  readonly text: string;
  readonly tag: string | undefined;
}

/**
 * Durable when it resolves; repeatable.
 *
 * @throws what the registers throw: then some of them may be written down.
 */
export async function revokeJobs(
  registers: Registers,
  tags: readonly string[],
  options?: { readonly signal?: AbortSignal },
): Promise<void> {
  const wrong = tags.find((tag) => !TAG.test(tag));
  if (wrong !== undefined) throw new TypeError(`no tag of a job: ${JSON.stringify(wrong)}`);
  const left = new Set(tags);
  for (let index = 0; left.size > 0; ) {
    const found = await registers.read(pageName(index), options);
    const page: Page = { text: found?.text ?? "", tag: found?.tag };
    for (const known of tagsIn(page.text)) left.delete(known);
    if (page.text.length > FULL) {
      index += 1;
      continue;
    }
    const some = [...left].slice(0, AT_ONCE);
    if (some.length === 0) return;
    const text = `${page.text}${some.map((tag) => `${tag}\n`).join("")}`;
    // Somebody who wrote in between is read with the next look.
    await registers.write(pageName(index), text, page.tag, options);
  }
}

/** What a head knows of them. */
export class RevokedJobs {
  readonly #registers: Registers;
  /** Full pages, which never change. */
  readonly #full: (readonly string[])[] = [];

  constructor(registers: Registers) {
    this.#registers = registers;
  }

  /** All that were written down before the call. Rejects when the cloud does not answer. */
  async read(options?: { readonly signal?: AbortSignal }): Promise<ReadonlySet<string>> {
    for (;;) {
      const index = this.#full.length;
      const text = (await this.#registers.read(pageName(index), options))?.text ?? "";
      const tags = tagsIn(text);
      if (text.length <= FULL) return new Set([...this.#full.flat(), ...tags]);
      this.#full[index] = tags;
    }
  }
}
