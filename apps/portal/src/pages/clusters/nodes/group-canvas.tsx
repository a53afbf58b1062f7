import type { NodeDoing } from "@sluice/api";
import { memo, type PointerEvent, type Ref, useLayoutEffect, useRef } from "react";
import { useIsDark } from "../../../frame/appearance.ts";
import { drawCell, paletteOf, prepared } from "./draw.ts";
import { kindOf, type NodeGroup } from "./node-groups.ts";

/** How faint a node is that is not looked for. */
const FAINT = 0.16;

export interface Cell {
  readonly size: number;
  readonly gap: number;
}

/** The nodes of a group as squares; drawn again only when one of them changed. */
export const GroupCanvas = memo(function GroupCanvas({
  group,
  columns,
  cell,
  isFound,
  label,
  onPoint,
  onPick,
  ref,
}: {
  readonly group: NodeGroup;
  readonly columns: number;
  readonly cell: Cell;
  /** Undefined: all are. */
  readonly isFound: ((name: string, kind: NodeDoing) => boolean) | undefined;
  readonly label: string;
  /** Undefined: at none. */
  readonly onPoint: (index: number | undefined) => void;
  readonly onPick: (index: number) => void;
  readonly ref?: Ref<HTMLDivElement>;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDark = useIsDark();
  const { names, does } = group;
  const pitch = cell.size + cell.gap;
  const width = Math.min(columns, names.length) * pitch - cell.gap;
  const height = Math.ceil(names.length / columns) * pitch - cell.gap;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the palette is read anew in another theme
  useLayoutEffect(() => {
    const element = canvas.current;
    const pen = element === null ? null : prepared(element, width, height);
    if (element === null || pen === null) return;
    const palette = paletteOf(element);
    for (let index = 0; index < does.length; index += 1) {
      const kind = kindOf(does[index]);
      pen.globalAlpha = isFound === undefined || isFound(names[index] ?? "", kind) ? 1 : FAINT;
      const x = (index % columns) * pitch;
      const y = Math.floor(index / columns) * pitch;
      drawCell(pen, kind, { x, y, size: cell.size }, palette);
    }
  }, [names, does, columns, width, height, pitch, cell.size, isFound, isDark]);

  const indexAt = ({ nativeEvent: { offsetX, offsetY } }: PointerEvent): number | undefined => {
    const column = Math.floor(offsetX / pitch);
    const index = Math.floor(offsetY / pitch) * columns + column;
    return column < columns && index >= 0 && index < names.length ? index : undefined;
  };
  return (
    <div ref={ref} className="node-group-cells">
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        onPointerMove={(event) => onPoint(indexAt(event))}
        onPointerLeave={() => onPoint(undefined)}
        onPointerUp={(event) => {
          const index = indexAt(event);
          if (index !== undefined && event.button === 0) onPick(index);
        }}
      />
    </div>
  );
});
