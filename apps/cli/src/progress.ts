import type { OnProgress, Progress } from "@sluice/cloud";
import type { Host } from "./host.ts";
import { type Paint, painter } from "./render/paint.ts";
import { clipped } from "./render/table.ts";

/** Shows long work on stderr while it goes on. */
export interface ProgressView extends Disposable {
  readonly onProgress: OnProgress;
  /** A line of its own, between the steps. */
  note(text: string): void;
}

/** One line a step, with its time: for logs and pipes. */
export function plainProgress(host: Host): ProgressView {
  const line = (text: string) =>
    host.writeErr(`${host.clock.now().toISOString().slice(0, 19)}Z ${text}\n`);
  return {
    onProgress: ({ resource, status, message }) => line(joined(resource, status, message)),
    note: line,
    [Symbol.dispose]: () => {},
  };
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MILLISECONDS = 100;

/** Finished steps scroll by; what goes on is redrawn under them. */
export function liveProgress(host: Host, colour: boolean): ProgressView {
  const view = new LiveProgress(host, painter(colour));
  return {
    onProgress: (progress) => view.take(progress),
    note: (text) => view.print(text),
    [Symbol.dispose]: () => view.end(),
  };
}

class LiveProgress {
  readonly #host: Host;
  readonly #paint: Paint;
  readonly #running = new Map<string, { readonly since: Date; message: string }>();
  readonly #stop: () => void;
  #drawn = 0;
  #frame = 0;

  constructor(host: Host, paint: Paint) {
    this.#host = host;
    this.#paint = paint;
    this.#stop = host.every(FRAME_MILLISECONDS, () => {
      this.#frame = (this.#frame + 1) % FRAMES.length;
      if (this.#running.size > 0) this.#draw("");
    });
  }

  take({ resource, status, message, time }: Progress): void {
    const step = this.#running.get(resource);
    const elapsed = step === undefined ? "" : seconds(step.since, time);
    switch (status) {
      case "started":
        this.#running.set(resource, { since: time, message });
        this.#draw("");
        break;
      case "info":
        if (step !== undefined) step.message = message;
        this.#draw(step === undefined ? `${joined("•", resource, message)}\n` : "");
        break;
      case "done":
      case "failed": {
        this.#running.delete(resource);
        const mark = status === "done" ? this.#paint.good("✔") : this.#paint.bad("✖");
        this.print(joined(mark, resource, message, this.#paint.dim(elapsed)));
        break;
      }
      default:
        status satisfies never;
    }
  }

  print(text: string): void {
    this.#draw(`${text}\n`);
  }

  end(): void {
    this.#stop();
    this.#running.clear();
    this.#draw("");
  }

  #draw(above: string): void {
    const { columns } = this.#host.size();
    const spinner = FRAMES[this.#frame] ?? "";
    const now = this.#host.clock.now();
    // A line that wraps would not be erased whole, so none may.
    const lines = [...this.#running].map(([resource, { since, message }]) =>
      clipped(joined(spinner, resource, message, seconds(since, now)), columns - 1),
    );
    const erase = this.#drawn === 0 ? "" : `\x1b[${this.#drawn}A\x1b[J`;
    this.#host.writeErr(`${erase}${above}${lines.map((line) => `${line}\n`).join("")}`);
    this.#drawn = lines.length;
  }
}

function seconds(since: Date, until: Date): string {
  return `${((until.getTime() - since.getTime()) / 1000).toFixed(1)} s`;
}

function joined(...words: readonly string[]): string {
  return words.filter((word) => word !== "").join(" ");
}
