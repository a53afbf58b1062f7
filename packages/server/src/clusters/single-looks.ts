import type { Cloud, ClusterRecord } from "@sluice/cloud";
import type { Clock } from "@sluice/model";

/** A cluster is looked at no more often than this, however many ask. */
const FRESH_MILLISECONDS = 1000;
/** The cloud has so long to say how it is. */
const PATIENCE_MILLISECONDS = 5000;

interface OneLook {
  /** When it began, milliseconds since 1970. */
  readonly at: number;
  readonly record: Promise<ClusterRecord | undefined>;
}

/** Looks at one cluster alone, which is quicker than at all of them. */
export class SingleLooks {
  readonly #clock: Clock;
  readonly #over: AbortSignal;
  readonly #last = new Map<string, OneLook>();

  constructor(clock: Clock, over: AbortSignal) {
    this.#clock = clock;
    this.#over = over;
  }

  /** How it is now or was a moment ago; undefined when its cloud does not say, or has no such cluster. */
  of({ infrastructure }: Pick<Cloud, "infrastructure">, name: string) {
    const at = this.#clock.now().getTime();
    const last = this.#last.get(name);
    if (last !== undefined && at - last.at < FRESH_MILLISECONDS) return last.record;
    const done = new AbortController();
    const late = this.#clock
      .sleep(PATIENCE_MILLISECONDS, AbortSignal.any([done.signal, this.#over]))
      .then(() => undefined);
    const asked = infrastructure.describe(name).catch(() => undefined);
    const record = Promise.race([asked, late]).finally(() => done.abort());
    this.#last.set(name, { at, record });
    return record;
  }
}
