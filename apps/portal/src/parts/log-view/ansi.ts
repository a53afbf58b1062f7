/** How a piece of text looks, as terminals are told: by `ESC [ … m`. */
export interface AnsiStyle {
  /** 0 to 15, of a terminal's colours. */
  readonly colour?: number;
  readonly background?: number;
  readonly isBold?: boolean;
  readonly isUnderlined?: boolean;
}

export interface StyledText {
  readonly text: string;
  readonly style: AnsiStyle;
}

export const PLAIN: AnsiStyle = {};

// Orders to a terminal: colours and the cursor's moves, titles and links, and those of one letter.
const ORDER =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the orders
  /\x1b\[([0-?]*)[ -/]*([@-~])|\x1b[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]?|\x07/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: nothing of these is to be seen
const CONTROL = /[\x00-\x06\x08\x0b-\x1a\x1c-\x1f\x7f]/g;

/** A line in pieces of one look each, and how what follows it looks. Other orders are left out. */
export function styledLine(
  line: string,
  begin: AnsiStyle,
): { readonly pieces: readonly StyledText[]; readonly end: AnsiStyle } {
  const clean = line.replace(CONTROL, "");
  const pieces: StyledText[] = [];
  let style = begin;
  let from = 0;
  for (const match of clean.matchAll(ORDER)) {
    if (match.index > from) pieces.push({ text: clean.slice(from, match.index), style });
    from = match.index + match[0].length;
    if (match[2] === "m") style = restyled(style, match[1] ?? "");
  }
  if (from < clean.length) pieces.push({ text: clean.slice(from), style });
  return { pieces, end: style };
}

/** The text alone. */
export function plainLine(line: string): string {
  return line.replace(CONTROL, "").replace(ORDER, "");
}

function restyled(before: AnsiStyle, orders: string): AnsiStyle {
  let style = before;
  const codes = orders.split(/[;:]/).map(Number);
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      // One of 256 colours has one number more, of all colours three; only the first 16 are drawn.
      const isIndexed = codes[at + 1] === 5;
      const index = isIndexed ? (codes[at + 2] ?? 16) : 16;
      if (index < 16) style = { ...style, [code === 38 ? "colour" : "background"]: index };
      at += isIndexed ? 2 : 4;
    } else style = restyledBy(style, code);
  }
  return style;
}

function restyledBy(style: AnsiStyle, code: number): AnsiStyle {
  const { colour: _colour, ...uncoloured } = style;
  const { background: _background, ...unbacked } = style;
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, isBold: true };
  if (code === 4) return { ...style, isUnderlined: true };
  if (code === 22) return { ...style, isBold: false };
  if (code === 24) return { ...style, isUnderlined: false };
  if (code === 39) return uncoloured;
  if (code === 49) return unbacked;
  if (code >= 30 && code <= 37) return { ...style, colour: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, colour: code - 82 };
  if (code >= 40 && code <= 47) return { ...style, background: code - 40 };
  if (code >= 100 && code <= 107) return { ...style, background: code - 92 };
  return style;
}
