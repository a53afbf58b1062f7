import type { NodeDoing } from "@sluice/api";
import { KINDS } from "../../../parts/node-bar/node-kinds.ts";

/** Colours of the page's theme, as CSS has them. */
export interface Palette {
  readonly kinds: Readonly<Record<NodeDoing, string>>;
  readonly ink: string;
}

export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return {
    kinds: Object.fromEntries(KINDS.map((kind) => [kind, colour(`--node-${kind}`)])) as Record<
      NodeDoing,
      string
    >,
    ink: colour("--node-ink"),
  };
}

type Pen = CanvasRenderingContext2D;

interface Square {
  readonly pen: Pen;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  /** What is drawn on a full square. */
  readonly ink: string;
}

/** Each kind has a shape beside its colour. */
const SHAPES: Readonly<Record<NodeDoing, (square: Square) => void>> = {
  busy: full,
  off: frame,
  idle: (square) => {
    const { pen, x, y, size } = square;
    frame(square);
    const dot = Math.max(2, size * 0.4);
    pen.fillRect(x + (size - dot) / 2, y + (size - dot) / 2, dot, dot);
  },
  starting: (square) => {
    const { pen, x, y, size } = square;
    frame(square);
    pen.fillRect(x, y + size / 2, size, size / 2);
  },
  stopping: (square) => {
    const { pen, x, y, size } = square;
    frame(square);
    pen.fillRect(x, y, size, size / 2);
  },
  drained: (square) => {
    full(square);
    stroke(square, [[0, 1, 1, 0]]);
  },
  down: (square) => {
    full(square);
    stroke(square, [
      [0.2, 0.2, 0.8, 0.8],
      [0.8, 0.2, 0.2, 0.8],
    ]);
  },
};

/**
 * One node's square: full is busy, a frame is off, a dot in it is idle, half from below is starting,
 * half from above is stopping, a stripe is drained, a cross is down.
 */
export function drawCell(
  pen: Pen,
  kind: NodeDoing,
  at: { readonly x: number; readonly y: number; readonly size: number },
  { kinds, ink }: Palette,
): void {
  pen.fillStyle = kinds[kind];
  pen.strokeStyle = kinds[kind];
  SHAPES[kind]({ pen, ink, ...at });
}

function full({ pen, x, y, size }: Square): void {
  pen.fillRect(x, y, size, size);
}

function frame({ pen, x, y, size }: Square): void {
  const line = Math.max(1, Math.round(size / 9));
  pen.lineWidth = line;
  pen.strokeRect(x + line / 2, y + line / 2, size - line, size - line);
}

/** Lines from and to parts of the square's size. */
function stroke(
  { pen, x, y, size, ink }: Square,
  lines: readonly (readonly [number, number, number, number])[],
): void {
  pen.strokeStyle = ink;
  pen.lineWidth = Math.max(1.5, size / 7);
  pen.beginPath();
  for (const [x1, y1, x2, y2] of lines) {
    pen.moveTo(x + x1 * size, y + y1 * size);
    pen.lineTo(x + x2 * size, y + y2 * size);
  }
  pen.stroke();
}

/** Makes a canvas so large in CSS pixels, sharp on this screen, and empty. */
export function prepared(canvas: HTMLCanvasElement, width: number, height: number): Pen | null {
  const scale = devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.style.inlineSize = `${width}px`;
  canvas.style.blockSize = `${height}px`;
  const pen = canvas.getContext("2d");
  pen?.scale(scale, scale);
  return pen;
}
