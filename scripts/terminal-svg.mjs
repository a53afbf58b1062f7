/**
 * Draws what a terminal showed as an SVG, for the pages in docs.
 *
 *     script --quiet --command 'npm run quickstart' docs/media/quickstart.txt
 *     node scripts/terminal-svg.mjs docs/media/quickstart.txt docs/media/quickstart.svg
 *
 * It plays the output into lines as a terminal would, as far as command lines write them: colours,
 * bold, dim and underlined text, carriage returns, and lines that are erased and drawn again.
 * Without file names it reads standard input and writes standard output.
 */
import { readFileSync, writeFileSync } from "node:fs";

const SIZE = 14;
const LINE = 19;
/** Width of a character; spans are placed and stretched to it, whatever font the reader has. */
const CELL = 8.4;
const MARGIN = 18;
const BAR = 30;
const FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const GROUND = "#1b1f27";
const INK = "#d7dae0";
const NORMAL = ["#5c6370", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", INK];
const BRIGHT = [
  "#7f848e",
  "#ef8b93",
  "#b5e08f",
  "#f2d49b",
  "#8cc8ff",
  "#dc9bec",
  "#7fd3de",
  "#fff",
];

const PLAIN = Object.freeze({ colour: undefined, bold: false, dim: false, underline: false });

/** The lines of cells that are on the screen at the end, however long that screen has become. */
export function play(text) {
  const lines = [[]];
  let row = 0;
  let column = 0;
  let style = PLAIN;
  const tokens = text.matchAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal obeys
    /\x1b\[([?>=]?)([\d;]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[@-_]|[\s\S]/gu,
  );
  for (const [token, mark, numbers, verb] of tokens) {
    if (verb !== undefined) {
      const count = Number(numbers.split(";")[0] || 1);
      if (mark !== "") continue;
      if (verb === "m") style = restyled(style, numbers);
      else if (verb === "A") row = Math.max(0, row - count);
      else if (verb === "B") row += count;
      else if (verb === "C") column += count;
      else if (verb === "D") column = Math.max(0, column - count);
      else if (verb === "G") column = count - 1;
      else if (verb === "K") erase(lines[row], numbers, column);
      else if (verb === "J") {
        erase(lines[row], numbers, column);
        lines.length = row + 1;
      }
    } else if (token === "\n") row += 1;
    else if (token === "\r") column = 0;
    else if (token === "\b") column = Math.max(0, column - 1);
    else if (token === "\t") column += 8 - (column % 8);
    else if (token >= " ") lines[row][column++] = { character: token, style };
    while (lines.length <= row) lines.push([]);
    // Files that did not come from a terminal end their lines without a carriage return.
    if (token === "\n") column = 0;
  }
  while (lines.length > 1 && isBlank(lines.at(-1))) lines.pop();
  return lines;
}

function erase(line, numbers, column) {
  if (numbers === "2") line.length = 0;
  else if (numbers === "1") line.fill(undefined, 0, column + 1);
  else line.length = Math.min(line.length, column);
}

function isBlank(line) {
  return line.every((cell) => cell === undefined || cell.character === " ");
}

function restyled(style, numbers) {
  let next = style;
  for (const code of (numbers || "0").split(";").map(Number)) {
    if (code === 0) next = PLAIN;
    else if (code === 1) next = { ...next, bold: true };
    else if (code === 2) next = { ...next, dim: true };
    else if (code === 4) next = { ...next, underline: true };
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code === 24) next = { ...next, underline: false };
    else if (code >= 30 && code <= 37) next = { ...next, colour: NORMAL[code - 30] };
    else if (code >= 90 && code <= 97) next = { ...next, colour: BRIGHT[code - 90] };
    else if (code === 39) next = { ...next, colour: undefined };
  }
  return next;
}

/** Runs of cells with the same style. */
function spansOf(line) {
  const spans = [];
  for (let column = 0; column < line.length; column++) {
    const { character, style } = line[column] ?? { character: " ", style: PLAIN };
    const last = spans.at(-1);
    if (last !== undefined && last.style === style) last.text += character;
    else spans.push({ column, style, text: character });
  }
  return spans.flatMap((span) => {
    const text = span.text.trimEnd();
    const lead = text.length - text.trimStart().length;
    return text === "" ? [] : [{ ...span, column: span.column + lead, text: text.trimStart() }];
  });
}

export function draw(lines, title) {
  const columns = Math.max(60, ...lines.map((line) => line.length));
  const width = Math.ceil(columns * CELL + 2 * MARGIN);
  const height = BAR + lines.length * LINE + MARGIN;
  const rows = lines.flatMap((line, row) =>
    spansOf(line).map(({ column, style, text }) => {
      const attributes = [
        `x="${place(MARGIN + column * CELL)}"`,
        `y="${BAR + row * LINE + SIZE}"`,
        `textLength="${place([...text].length * CELL)}"`,
        ...(style.colour === undefined ? [] : [`fill="${style.colour}"`]),
        ...(style.bold ? ['font-weight="bold"'] : []),
        ...(style.dim ? ['opacity="0.6"'] : []),
        ...(style.underline ? ['text-decoration="underline"'] : []),
      ];
      return `<text ${attributes.join(" ")}>${escaped(text)}</text>`;
    }),
  );
  const lights = ["#e06c75", "#e5c07b", "#98c379"].map(
    (colour, index) => `<circle cx="${MARGIN + 5 + index * 16}" cy="15" r="5" fill="${colour}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${GROUND}"/>`,
    ...lights,
    `<g font-family="${FONT}" font-size="${SIZE}" fill="${INK}" xml:space="preserve" style="white-space: pre">`,
    ...rows,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function place(number) {
  return String(Math.round(number * 100) / 100);
}

/** Blanks become hard ones: not every viewer keeps a row of soft ones. */
function escaped(text) {
  return text
    .replaceAll(" ", "\u00a0")
    .replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);
}

/** script(1) writes a line of its own before and after. */
function withoutFrame(text) {
  return text.replace(/^Script started on .*\n/, "").replace(/\n?\n?Script done on .*\s*$/, "\n");
}

const [from = "-", to = "-"] = process.argv.slice(2);
const text = withoutFrame(readFileSync(from === "-" ? 0 : from, "utf8"));
const title =
  "A terminal: a cluster is created, runs a job on nodes that appear for it, and is deleted";
const svg = draw(play(text), title);
if (to === "-") process.stdout.write(svg);
else writeFileSync(to, svg);
