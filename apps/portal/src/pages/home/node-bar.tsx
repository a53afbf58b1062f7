import type { HomeQueue } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import "./home.css";

/** How many nodes do what: in words, and as a bar for who sees the whole at a glance. */
export function NodeBar({ nodes }: { readonly nodes: HomeQueue["nodes"] }) {
  const said = text.home.queues;
  const { total, busy, idle, starting, off, stopping, drained, down } = nodes;
  const parts = [
    { name: "busy", count: busy, word: said.busy },
    { name: "idle", count: idle, word: said.idle },
    { name: "starting", count: starting, word: said.starting },
    { name: "broken", count: drained + down, word: said.broken },
    { name: "off", count: off + stopping, word: said.off },
  ].filter(({ count }) => count > 0);
  return (
    <div className="home-nodes numbers">
      <svg viewBox={`0 0 ${Math.max(1, total)} 1`} preserveAspectRatio="none" aria-hidden="true">
        {parts.map(({ name, count }, index) => (
          <rect
            key={name}
            className={`home-nodes-${name}`}
            x={parts.slice(0, index).reduce((sum, part) => sum + part.count, 0)}
            width={count}
            height="1"
          />
        ))}
      </svg>
      <span>{parts.map(({ count, word }) => `${count} ${word}`).join(", ")}</span>
    </div>
  );
}
