import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface NamedAddress {
  readonly name: string;
  readonly address: string;
}

/**
 * Writes the hosts file that all machines of a cluster have mounted. It is replaced by a rename, so
 * that no machine ever reads half of it; writes that wait are merged into one.
 */
export class NamesFile {
  readonly #directory: string;
  readonly #current: () => readonly NamedAddress[];
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(directory: string, current: () => readonly NamedAddress[]) {
    this.#directory = directory;
    this.#current = current;
  }

  /** Resolves when the file holds every name that `current` gives at the time of this call. */
  refresh(): Promise<void> {
    this.#next ??= (async () => {
      await this.#running?.catch(() => {});
      this.#running = this.#next;
      this.#next = undefined;
      await this.#write();
    })();
    return this.#next;
  }

  async #write(): Promise<void> {
    const lines = this.#current().map(({ address, name }) => `${address} ${name}`);
    const text = ["127.0.0.1 localhost", "::1 localhost ip6-localhost", ...lines, ""].join("\n");
    const temporary = join(this.#directory, ".hosts.new");
    await writeFile(temporary, text, { mode: 0o644 });
    await rename(temporary, join(this.#directory, "hosts"));
  }
}
