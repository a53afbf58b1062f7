/** Machines that are switched on at the same time; more only compete for the same processors. */
const STARTS_AT_ONCE = 8;

/** Switches machines on in the order in which they were asked for, a few at a time. */
export class StartQueue {
  readonly #waiting: (() => Promise<void>)[] = [];
  #running = 0;

  /** @param start must not reject. */
  push(start: () => Promise<void>): void {
    this.#waiting.push(start);
    this.#pump();
  }

  #pump(): void {
    while (this.#running < STARTS_AT_ONCE) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running += 1;
      void next().finally(() => {
        this.#running -= 1;
        this.#pump();
      });
    }
  }
}
