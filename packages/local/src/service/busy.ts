import { SluiceError } from "@sluice/model";

/** Names that an operation is at work on; a second one is refused, not queued. */
export class Busy {
  readonly #operations = new Map<
    string,
    { readonly signal: AbortSignal; readonly done: Promise<unknown> }
  >();

  has(name: string): boolean {
    return this.#operations.has(name);
  }

  /** Resolves when an operation has ended that was given up, whatever became of it. */
  async afterAborted(name: string): Promise<void> {
    const other = this.#operations.get(name);
    if (other?.signal.aborted) await other.done.catch(() => {});
  }

  /** Throws `CLUSTER_BUSY`. */
  async exclusively<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#operations.has(name)) {
      throw new SluiceError("CLUSTER_BUSY", "user", `another operation is at work on ${name}`, {
        hint: "wait until it has ended (sluice describe-cluster shows its state)",
      });
    }
    const done = work().finally(() => this.#operations.delete(name));
    this.#operations.set(name, { signal, done });
    return done;
  }
}
