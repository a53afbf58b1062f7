import { type LogBlock, textOfBlock } from "./log-buffer.ts";

export interface Match {
  readonly block: number;
  /** In the block's text. */
  readonly start: number;
  readonly end: number;
}

/** More are not counted. */
export const MOST_MATCHES = 2_000;

/** Where words stand in a log, capital letters or not; in the order of the text. */
export function findAll(blocks: readonly LogBlock[], words: string): readonly Match[] {
  if (words === "") return [];
  const pattern = new RegExp(words.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"), "giu");
  const found: Match[] = [];
  for (const block of blocks) {
    for (const { index, 0: text } of textOfBlock(block).matchAll(pattern)) {
      found.push({ block: block.id, start: index, end: index + text.length });
      if (found.length === MOST_MATCHES) return found;
    }
  }
  return found;
}

/** The place in the document where a piece of a block's text is drawn. */
export function rangeIn(element: Element, start: number, end: number): Range | undefined {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let at = 0;
  let hasStart = false;
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const length = node.nodeValue?.length ?? 0;
    if (!hasStart && start < at + length) {
      range.setStart(node, start - at);
      hasStart = true;
    }
    if (hasStart && end <= at + length) {
      range.setEnd(node, end - at);
      return range;
    }
    at += length;
  }
  return undefined;
}
