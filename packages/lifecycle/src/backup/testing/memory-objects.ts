import type { ObjectFolder } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { collected, inPieces } from "./small-backup.ts";

/** A place in a bucket, with the rules of one. */
export class MemoryObjects implements ObjectFolder {
  readonly place = "s3://bucket/backups";
  readonly objects = new Map<string, Buffer>();
  /** How often something was read. */
  reads = 0;

  async list(begin: string): Promise<ReadonlyMap<string, number>> {
    const found = [...this.objects].filter(([name]) => name.startsWith(begin));
    return new Map(found.toSorted().map(([name, { length }]) => [name, length]));
  }

  async *read(name: string): AsyncGenerator<Uint8Array> {
    const object = this.objects.get(name);
    if (object === undefined) throw new Error(`there is no ${name}`);
    this.reads += 1;
    yield* inPieces(object);
  }

  async write(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const body = await collected(content);
    if (this.objects.has(name)) throw new SluiceError("OBJECT_EXISTS", "user", `${name} is there`);
    this.objects.set(name, body);
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) this.objects.delete(name);
  }
}
