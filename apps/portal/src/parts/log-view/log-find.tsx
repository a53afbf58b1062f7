import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import { type RefObject, useDeferredValue, useEffect, useMemo, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { findAll, type Match, MOST_MATCHES, rangeIn } from "./find.ts";
import { highlight } from "./highlight.ts";
import type { LogBlock } from "./log-buffer.ts";

/** Finds words in a log, marks them, and goes from one to the next. */
export function LogFind({
  blocks,
  scroller,
  onFind,
}: {
  readonly blocks: readonly LogBlock[];
  readonly scroller: RefObject<HTMLElement | null>;
  /** Somebody goes to a match. */
  readonly onFind: () => void;
}) {
  const said = text.logView;
  const [words, setWords] = useState("");
  const [at, setAt] = useState<number | undefined>();
  const sought = useDeferredValue(words);
  const seen = useDeferredValue(blocks);
  const matches = useMemo(() => findAll(seen, sought), [seen, sought]);
  const here = at === undefined ? undefined : matches[Math.min(at, matches.length - 1)];
  useEffect(() => {
    if (matches.length === 0) return;
    return highlight("log-match", rangesOf(scroller.current, matches));
  }, [matches, scroller]);
  useEffect(() => {
    if (here === undefined) return;
    return highlight("log-here", rangesOf(scroller.current, [here]));
  }, [here, scroller]);
  const go = (to: number): void => {
    if (matches.length === 0) return;
    const next = (to + matches.length) % matches.length;
    setAt(next);
    onFind();
    const match = matches[next];
    if (match !== undefined) show(scroller.current, match);
  };
  return (
    <search className="log-find">
      <Input
        type="search"
        value={words}
        placeholder={said.find}
        ariaLabel={said.find}
        onChange={({ detail }) => {
          setWords(detail.value);
          setAt(undefined);
        }}
        onKeyDown={({ detail }) => {
          if (detail.key !== "Enter") return;
          go(detail.shiftKey ? (at ?? 0) - 1 : (at ?? -1) + 1);
        }}
      />
      <span role="status" className="log-count">
        {sought !== "" &&
          said.matches((at ?? -1) + 1, matches.length, matches.length === MOST_MATCHES)}
      </span>
      {sought !== "" && (
        <>
          <Button
            variant="icon"
            iconName="angle-up"
            ariaLabel={said.previous}
            disabled={matches.length === 0}
            onClick={() => go((at ?? 0) - 1)}
          />
          <Button
            variant="icon"
            iconName="angle-down"
            ariaLabel={said.next}
            disabled={matches.length === 0}
            onClick={() => go((at ?? -1) + 1)}
          />
        </>
      )}
    </search>
  );
}

function rangesOf(scroller: HTMLElement | null, matches: readonly Match[]): Range[] {
  if (scroller === null) return [];
  const elements = new Map(
    [...scroller.querySelectorAll<HTMLElement>("[data-block]")].map((element) => [
      Number(element.dataset.block),
      element,
    ]),
  );
  return matches.flatMap(({ block, start, end }) => {
    const element = elements.get(block);
    return (element === undefined ? undefined : rangeIn(element, start, end)) ?? [];
  });
}

function show(scroller: HTMLElement | null, match: Match): void {
  const [range] = rangesOf(scroller, [match]);
  if (scroller === null || range === undefined) return;
  const place = range.getBoundingClientRect();
  const frame = scroller.getBoundingClientRect();
  scroller.scrollTop += place.top - frame.top - frame.height / 3;
}
