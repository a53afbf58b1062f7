import type { NodeDoing } from "@sluice/api";
import { useLayoutEffect, useRef } from "react";
import { text } from "../../../catalogue/index.ts";
import { useIsDark } from "../../../frame/appearance.ts";
import { number } from "../../../frame/format.ts";
import { type Counts, KINDS } from "../../../parts/node-bar/node-kinds.ts";
import { drawCell, paletteOf, prepared } from "./draw.ts";

const SIZE = 14;

/** What the squares mean; pressed ones are looked for. None pressed is all. */
export function NodeLegend({
  counts,
  shown,
  onChange,
}: {
  readonly counts: Counts;
  readonly shown: ReadonlySet<NodeDoing>;
  readonly onChange: (shown: ReadonlySet<NodeDoing>) => void;
}) {
  const said = text.clusters.nodes;
  return (
    <fieldset className="node-legend">
      <legend className="visually-hidden">{said.legend}</legend>
      {KINDS.map((kind) => (
        <button
          key={kind}
          type="button"
          aria-pressed={shown.has(kind)}
          title={said.kindsMore[kind]}
          onClick={() => onChange(toggled(shown, kind))}
        >
          <Sample kind={kind} />
          {said.kinds[kind]} <b className="numbers">{number(counts[kind])}</b>
        </button>
      ))}
    </fieldset>
  );
}

function toggled(shown: ReadonlySet<NodeDoing>, kind: NodeDoing): ReadonlySet<NodeDoing> {
  const next = new Set(shown);
  if (!next.delete(kind)) next.add(kind);
  return next;
}

function Sample({ kind }: { readonly kind: NodeDoing }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDark = useIsDark();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the palette is read anew in another theme
  useLayoutEffect(() => {
    const element = canvas.current;
    const pen = element === null ? null : prepared(element, SIZE, SIZE);
    if (element === null || pen === null) return;
    drawCell(pen, kind, { x: 0, y: 0, size: SIZE }, paletteOf(element));
  }, [kind, isDark]);
  return <canvas ref={canvas} />;
}
