import { FIRST_REVOKED, type KeptFile } from "@sluice/cloud";
import type { LeaseRecord } from "@sluice/lease";
import { SluiceError } from "@sluice/model";
import type { ObjectStore } from "../../bucket.ts";
import { objectOfRegister, textOfRegister } from "../../head/registers.ts";
import { HEAD_LEASE, OBJECTS } from "../../names.ts";
import type { FileIndex, HeadReport } from "../../objects.ts";

/** A cluster's files and what became of each, in the bucket. */
export class ClusterFilesStore {
  readonly #store: ObjectStore;
  readonly #prefix: string;

  constructor(store: ObjectStore, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
  }

  /** Undefined when there is none, which is so before the cluster and after it. */
  async index(): Promise<FileIndex | undefined> {
    const object = await this.#store.read(OBJECTS.index(this.#prefix));
    return object === undefined ? undefined : (JSON.parse(object.text) as FileIndex);
  }

  async begin(index: FileIndex, text: string): Promise<void> {
    await this.#store.write(OBJECTS.file(this.#prefix, 1), text);
    await this.#store.write(OBJECTS.index(this.#prefix), json(index), "absent");
    // Heads look at it before a job starts, and a role of one's own may lack the right to list.
    const revoked = OBJECTS.register(this.#prefix, FIRST_REVOKED);
    await this.#store.write(revoked, objectOfRegister(""), "absent");
  }

  /**
   * Changes the index as it is at that moment: when another changed it meanwhile, `change` is asked
   * again.
   *
   * @param change gives the new index, or throws to leave it.
   */
  async change<T>(
    change: (index: FileIndex) => Promise<{ readonly index: FileIndex; readonly result: T }>,
  ): Promise<T> {
    const key = OBJECTS.index(this.#prefix);
    for (;;) {
      const object = await this.#store.read(key);
      if (object === undefined) throw lost(key);
      const { index, result } = await change(JSON.parse(object.text) as FileIndex);
      if (await this.#store.write(key, json(index), { etag: object.etag })) return result;
    }
  }

  async text(version: number): Promise<string> {
    const key = OBJECTS.file(this.#prefix, version);
    const object = await this.#store.read(key);
    if (object === undefined) throw lost(key);
    return object.text;
  }

  async keep(version: number, text: string): Promise<void> {
    await this.#store.write(OBJECTS.file(this.#prefix, version), text);
  }

  /** Oldest first. */
  async all(): Promise<readonly KeptFile[]> {
    const { versions = [] } = (await this.index()) ?? {};
    return Promise.all(
      versions.map(async ({ version, givenAt, state }) => ({
        version,
        text: await this.text(version),
        givenAt: new Date(givenAt),
        state,
      })),
    );
  }

  /** What the head said that led last, when it was ready; only where there are two. */
  async ready(): Promise<HeadReport | undefined> {
    const object = await this.#store.read(OBJECTS.ready(this.#prefix));
    return object === undefined ? undefined : (JSON.parse(object.text) as HeadReport);
  }

  /** Which head leads; undefined before one did. */
  async lease(): Promise<LeaseRecord | undefined> {
    const object = await this.#store.read(OBJECTS.register(this.#prefix, HEAD_LEASE));
    if (object === undefined) return undefined;
    return JSON.parse(textOfRegister(object.text)) as LeaseRecord;
  }

  /** What a head said last of how far it is. */
  async report(): Promise<HeadReport | undefined> {
    const object = await this.#store.read(OBJECTS.report(this.#prefix));
    return object === undefined ? undefined : (JSON.parse(object.text) as HeadReport);
  }
}

function json(index: FileIndex): string {
  return `${JSON.stringify(index)}\n`;
}

function lost(key: string): SluiceError {
  return new SluiceError("CLUSTER_FILE_LOST", "system", `${key} is not in the cluster's bucket`, {
    hint: "bring it back from the bucket's former versions, or delete the cluster",
  });
}
