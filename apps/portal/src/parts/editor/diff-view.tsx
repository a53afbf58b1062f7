import { Fragment, useMemo, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { type DiffLine, lineDiff } from "./line-diff.ts";
import "./editor.css";

/** Unchanged lines that are shown around each change. */
const AROUND = 3;

/** What another text changes, line by line. Unchanged parts are folded and can be shown. */
export function DiffView({
  before,
  after,
  label,
  maxHeight = "30rem",
}: {
  readonly before: string;
  readonly after: string;
  readonly label: string;
  readonly maxHeight?: string;
}) {
  const parts = useMemo(() => folded(lineDiff(before, after)), [before, after]);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const said = text.wizard.editor;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section className="diff" aria-label={label} tabIndex={0} style={{ maxBlockSize: maxHeight }}>
      <table>
        <tbody>
          {parts.map(({ from, isFolded, lines }) => (
            <Fragment key={from}>
              {isFolded && !open.has(from) ? (
                <tr data-kind="gap">
                  <td colSpan={4}>
                    <button
                      type="button"
                      className="link"
                      onClick={() => setOpen(new Set([...open, from]))}
                    >
                      {said.unchanged(lines.length)}
                    </button>
                  </td>
                </tr>
              ) : (
                lines.map((line) => <Row key={keyOf(line)} line={line} />)
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const SIGNS = { same: "", added: "+", removed: "−" } as const;

function Row({ line }: { readonly line: DiffLine }) {
  const said = text.wizard.editor;
  const words = { same: "", added: said.added, removed: said.removed };
  return (
    <tr data-kind={line.kind}>
      <td className="diff-number">{line.kind === "added" ? "" : line.before}</td>
      <td className="diff-number">{line.kind === "removed" ? "" : line.after}</td>
      <td className="diff-sign">
        <span aria-hidden="true">{SIGNS[line.kind]}</span>
        <span className="visually-hidden">{words[line.kind]}</span>
      </td>
      <td>{line.text}</td>
    </tr>
  );
}

function keyOf(line: DiffLine): string {
  return line.kind === "added" ? `+${line.after}` : `${line.before}`;
}

interface Part {
  /** Index of its first line. */
  readonly from: number;
  readonly isFolded: boolean;
  readonly lines: readonly DiffLine[];
}

function folded(lines: readonly DiffLine[]): readonly Part[] {
  const isNear = lines.map((_, index) =>
    lines
      .slice(Math.max(0, index - AROUND), index + AROUND + 1)
      .some(({ kind }) => kind !== "same"),
  );
  const parts: { from: number; isFolded: boolean; lines: DiffLine[] }[] = [];
  for (const [index, line] of lines.entries()) {
    const isFolded = isNear[index] !== true;
    const last = parts.at(-1);
    if (last?.isFolded === isFolded) last.lines.push(line);
    else parts.push({ from: index, isFolded, lines: [line] });
  }
  return parts;
}
