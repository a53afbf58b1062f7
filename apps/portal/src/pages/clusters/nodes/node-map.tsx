import type { NodeDoing } from "@sluice/api";
import { type KeyboardEvent, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { text } from "../../../catalogue/index.ts";
import { number } from "../../../frame/format.ts";
import { KINDS } from "../../../parts/node-bar/node-kinds.ts";
import { GroupCanvas } from "./group-canvas.tsx";
import {
  cellFor,
  countKinds,
  kindOf,
  type NodeGroup,
  type Place,
  placeOf,
  stepFrom,
} from "./node-groups.ts";
import { NodeTip } from "./node-tip.tsx";

/**
 * Every node as a square, by queue and compute resource. One place has the keyboard: arrows move
 * it, Enter opens the node. What is not looked for is faint and stays where it is.
 */
export function NodeMapView({
  cluster,
  groups,
  shown,
  find,
  chosen,
  onChoose,
}: {
  readonly cluster: string;
  readonly groups: readonly NodeGroup[];
  /** Empty: all. */
  readonly shown: ReadonlySet<NodeDoing>;
  readonly find: string;
  readonly chosen: string;
  readonly onChoose: (name: string) => void;
}) {
  const said = text.clusters.nodes;
  const frame = useRef<HTMLDivElement>(null);
  const cells = useRef(new Map<string, HTMLDivElement>());
  const width = useWidth(frame);
  const total = groups.reduce((sum, { names }) => sum + names.length, 0);
  const cell = useMemo(() => cellFor(total), [total]);
  const pitch = cell.size + cell.gap;
  const columns = Math.max(1, Math.floor((width + cell.gap) / pitch));
  const [cursor, setCursor] = useState<Place>({ group: 0, index: 0 });
  const [pointed, setPointed] = useState<Place>();
  const [isFocused, setFocused] = useState(false);
  const isFound = useFound(shown, find);

  const at = isThere(groups, cursor) ? cursor : { group: 0, index: 0 };
  const shownTip = pointed ?? (isFocused ? at : undefined);
  const spot = (place: Place | undefined) => {
    const group = place && groups[place.group];
    const element = group && cells.current.get(group.id);
    if (place === undefined || element === undefined) return undefined;
    return {
      x: element.offsetLeft + (place.index % columns) * pitch,
      y: element.offsetTop + Math.floor(place.index / columns) * pitch,
      size: cell.size,
    };
  };
  const nameAt = ({ group, index }: Place): string => groups[group]?.names[index] ?? "";
  const kindAt = ({ group, index }: Place): NodeDoing => kindOf(groups[group]?.does[index]);
  const onKey = (event: KeyboardEvent): void => {
    const sizes = groups.map(({ names }) => names.length);
    const next = stepFrom(at, event.key, columns, sizes);
    if (next === undefined) return;
    event.preventDefault();
    setPointed(undefined);
    setCursor(next);
  };

  // What the keyboard is on is told where the squares are, once they are laid out.
  const [, relaid] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: places change with these
  useLayoutEffect(() => relaid((count) => count + 1), [columns, groups.length, pitch]);
  const here = spot(at);
  const chosenSpot = spot(placeOf(groups, chosen));
  return (
    <div className="node-map" ref={frame}>
      {width > 0 &&
        groups.map((group, index) => (
          <Group
            key={group.id}
            group={group}
            index={index}
            columns={columns}
            cell={cell}
            isFound={isFound}
            cells={cells.current}
            isFirst={groups[index - 1]?.queue !== group.queue}
            onPoint={setPointed}
            onPick={(place) => {
              setCursor(place);
              onChoose(nameAt(place));
            }}
          />
        ))}
      {chosenSpot !== undefined && <Mark className="node-chosen" spot={chosenSpot} />}
      {here !== undefined && (
        <button
          type="button"
          className="node-cursor"
          style={boxOf(here)}
          aria-label={said.cell(nameAt(at), said.kinds[kindAt(at)])}
          aria-describedby={isFocused ? "node-tip" : undefined}
          aria-keyshortcuts="ArrowLeft ArrowRight ArrowUp ArrowDown Home End PageUp PageDown"
          onKeyDown={onKey}
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
          onClick={() => onChoose(nameAt(at))}
        />
      )}
      <div className="visually-hidden" aria-live="polite">
        {isFocused && said.cell(nameAt(at), said.kinds[kindAt(at)])}
      </div>
      {shownTip !== undefined && isThere(groups, shownTip) && (
        <NodeTip
          cluster={cluster}
          name={nameAt(shownTip)}
          kind={kindAt(shownTip)}
          spot={spot(shownTip)}
          width={width}
        />
      )}
    </div>
  );
}

function Group({
  group,
  index,
  columns,
  cell,
  isFound,
  cells,
  isFirst,
  onPoint,
  onPick,
}: {
  readonly group: NodeGroup;
  readonly index: number;
  readonly columns: number;
  readonly cell: { readonly size: number; readonly gap: number };
  readonly isFound: ((name: string, kind: NodeDoing) => boolean) | undefined;
  readonly cells: Map<string, HTMLDivElement>;
  /** Of its queue. */
  readonly isFirst: boolean;
  readonly onPoint: (place: Place | undefined) => void;
  readonly onPick: (place: Place) => void;
}) {
  const said = text.clusters.nodes;
  const { id, queue, computeResource, names, does } = group;
  const counts = useMemo(() => countKinds([{ does }]), [does]);
  const words = KINDS.filter((kind) => counts[kind] > 0)
    .map((kind) => `${number(counts[kind])} ${said.kinds[kind].toLowerCase()}`)
    .join(", ");
  const picked = useRef(onPick);
  picked.current = onPick;
  const point = useCallback(
    (at: number | undefined) => onPoint(at === undefined ? undefined : { group: index, index: at }),
    [onPoint, index],
  );
  const pick = useCallback((at: number) => picked.current({ group: index, index: at }), [index]);
  const keep = useCallback(
    (element: HTMLDivElement | null) => {
      if (element === null) cells.delete(id);
      else cells.set(id, element);
    },
    [cells, id],
  );
  return (
    <section className="node-group" data-first={isFirst}>
      <h2>
        {queue} <span>{computeResource}</span> <small>{words}</small>
      </h2>
      <GroupCanvas
        ref={keep}
        group={group}
        columns={columns}
        cell={cell}
        isFound={isFound}
        label={said.groupLabel(queue, computeResource, words, names.length)}
        onPoint={point}
        onPick={pick}
      />
    </section>
  );
}

interface Spot {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

function boxOf({ x, y, size }: Spot) {
  return { left: x - 2, top: y - 2, inlineSize: size + 4, blockSize: size + 4 };
}

function Mark({ className, spot }: { readonly className: string; readonly spot: Spot }) {
  return <div className={className} style={boxOf(spot)} aria-hidden="true" />;
}

function isThere(groups: readonly NodeGroup[], { group, index }: Place): boolean {
  return index < (groups[group]?.names.length ?? 0);
}

function useFound(
  shown: ReadonlySet<NodeDoing>,
  find: string,
): ((name: string, kind: NodeDoing) => boolean) | undefined {
  const key = [...shown].sort().join();
  return useMemo(() => {
    const kinds = new Set(key === "" ? KINDS : key.split(","));
    const words = find.trim().toLowerCase();
    if (key === "" && words === "") return undefined;
    return (name, kind) => kinds.has(kind) && (words === "" || name.toLowerCase().includes(words));
  }, [key, find]);
}

/** In CSS pixels; 0 until it was laid out. */
function useWidth(ref: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.floor(entry.contentRect.width));
    });
    observer.observe(element);
    setWidth(Math.floor(element.clientWidth));
    return () => observer.disconnect();
  }, [ref]);
  return width;
}
