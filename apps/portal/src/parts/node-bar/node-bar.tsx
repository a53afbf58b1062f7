import { text } from "../../catalogue/index.ts";
import { number } from "../../frame/format.ts";
import { type Counts, KINDS } from "./node-kinds.ts";
import "./node-bar.css";

/** How many nodes do what, as a bar and in words. */
export function NodeBar({ counts }: { readonly counts: Counts }) {
  const said = text.clusters.nodes;
  const there = KINDS.filter((kind) => counts[kind] > 0);
  if (there.length === 0) return <span className="node-bar-words">{said.none}</span>;
  return (
    <div className="node-bar">
      <div className="node-bar-line" aria-hidden="true">
        {there.map((kind) => (
          <span
            key={kind}
            className="node-bar-part"
            data-kind={kind}
            style={{ flexGrow: counts[kind] }}
          />
        ))}
      </div>
      <div className="node-bar-words numbers">
        {there.map((kind) => (
          <span key={kind}>
            <span className="node-mark" data-kind={kind} aria-hidden="true" />
            {number(counts[kind])} {said.kinds[kind].toLowerCase()}
          </span>
        ))}
      </div>
    </div>
  );
}
