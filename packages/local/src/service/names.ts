import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface NamedAddress {
  readonly name: string;
  readonly address: string;
}

export interface NamesOptions {
  /** Folder of the file that compute machines have mounted. */
  readonly directory: string;
  /** Folder of the head's file, which has every node of the cluster. */
  readonly headDirectory: string;
  /** The machines there are. */
  readonly current: () => readonly NamedAddress[];
  /** Names of all nodes, with a machine or without. */
  readonly nodes: () => readonly string[];
}

/**
 * Writes the hosts files of a cluster. A file is replaced by a rename, so that no machine ever reads
 * half of it; writes that wait are merged into one.
 *
 * The head's names every node. slurmctld speaks to nodes without a machine too, to call off a job
 * that was configuring for one, and stands still for ten seconds for each name that does not
 * resolve. Those resolve to an address of the head's own loopback, each to one of its own, where
 * nobody listens: the call fails at once.
 */
export class NamesFile {
  readonly #options: NamesOptions;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(options: NamesOptions) {
    this.#options = options;
  }

  /** Resolves when the files hold every name that `current` gives at the time of this call. */
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
    const { directory, headDirectory, current, nodes } = this.#options;
    const machines = current();
    const named = new Set(machines.map(({ name }) => name));
    const lines = machines.map(({ address, name }) => `${address} ${name}`);
    const spare = nodes().flatMap((name, i) => (named.has(name) ? [] : [`${nowhere(i)} ${name}`]));
    const always = ["127.0.0.1 localhost", "::1 localhost ip6-localhost"];
    await replace(directory, [...always, ...lines]);
    await replace(headDirectory, [...always, ...lines, ...spare]);
  }
}

/** The index-th loopback address from 127.64.0.0 on. */
function nowhere(index: number): string {
  return `127.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

async function replace(directory: string, lines: readonly string[]): Promise<void> {
  const temporary = join(directory, ".hosts.new");
  await writeFile(temporary, `${lines.join("\n")}\n`, { mode: 0o644 });
  await rename(temporary, join(directory, "hosts"));
}
