import type { Clock } from "@sluice/model";

/** Who has a turn when: of one key one after the other, this far apart, however many come at once. */
export class Turns {
  readonly #clock: Clock;
  readonly #apartMs: number;
  readonly #last = new Map<string, Promise<void>>();

  constructor(clock: Clock, apartMs: number) {
    this.#clock = clock;
    this.#apartMs = apartMs;
  }

  async take(key: string): Promise<void> {
    const before = this.#last.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(key, promise);
    await before;
    void this.#clock.sleep(this.#apartMs).then(resolve);
  }
}
