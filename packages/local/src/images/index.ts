import type { ImageRecord, Images, Progress } from "@sluice/cloud";
import type { SocketClient } from "../client.ts";
import { progressFromWire, type Wire } from "../wire.ts";

/** Built images of the local cloud, asked of its service. */
export function localImages(connect: () => Promise<SocketClient>): Images {
  const at = (id: string, verb = ""): string => `/built-images/${encodeURIComponent(id)}${verb}`;
  return {
    async build({ id, config, configText }, { onProgress, signal }) {
      const client = await connect();
      const tell = (progress: Wire<Progress>): void => onProgress(progressFromWire(progress));
      const body = { config, configText };
      return fromWire(await client.work<Wire<ImageRecord>>(at(id, "/build"), body, tell, signal));
    },
    async list() {
      const client = await connect();
      return (await client.call<Wire<ImageRecord>[]>("GET", "/built-images")).map(fromWire);
    },
    async describe(id) {
      const client = await connect();
      const found = await client.call<Wire<ImageRecord> | null>("GET", at(id));
      return found === null ? undefined : fromWire(found);
    },
    async remove(id, { force }) {
      await (await connect()).call("POST", at(id, "/delete"), { force }, { timeoutMs: 600_000 });
    },
    async log(id, lines) {
      const client = await connect();
      const { text } = await client.call<{ text: string }>("GET", at(id, `/log?lines=${lines}`));
      return text;
    },
  };
}

function fromWire(image: Wire<ImageRecord>): ImageRecord {
  return {
    ...image,
    createdAt: new Date(image.createdAt),
    statusReason: image.statusReason,
    reference: image.reference,
  };
}
