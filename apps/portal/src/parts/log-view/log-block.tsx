import { memo } from "react";
import { type AnsiStyle, styledLine } from "./ansi.ts";
import type { LogBlock } from "./log-buffer.ts";

/** Some lines of a log, drawn once as long as they stay as they are. */
export const Block = memo(function Block({ block }: { readonly block: LogBlock }) {
  return (
    <div className="log-block" data-block={block.id}>
      {piecesOf(block).map(({ key, text, className }) =>
        className === "" ? (
          text
        ) : (
          <span key={key} className={className}>
            {text}
          </span>
        ),
      )}
    </div>
  );
});

function piecesOf({ lines, style: begin }: LogBlock) {
  const pieces: { key: number; text: string; className: string }[] = [];
  let style = begin;
  lines.forEach((line, index) => {
    const styled = styledLine(line, style);
    style = styled.end;
    const ended = [...styled.pieces, ...(index < lines.length - 1 ? [{ text: "\n", style }] : [])];
    for (const piece of ended) {
      const className = piece.text === "\n" ? "" : classOf(piece.style);
      const last = pieces.at(-1);
      if (last !== undefined && last.className === className) last.text += piece.text;
      else pieces.push({ key: pieces.length, text: piece.text, className });
    }
  });
  return pieces;
}

function classOf({ colour, background, isBold, isUnderlined }: AnsiStyle): string {
  return [
    colour === undefined ? "" : `ansi-${colour}`,
    background === undefined ? "" : `ansi-on-${background}`,
    isBold === true ? "ansi-bold" : "",
    isUnderlined === true ? "ansi-underlined" : "",
  ]
    .filter((name) => name !== "")
    .join(" ");
}
