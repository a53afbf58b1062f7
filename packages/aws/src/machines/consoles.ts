import { type EC2Client, GetConsoleOutputCommand } from "@aws-sdk/client-ec2";
import { CloudError, type Consoles } from "@sluice/cloud";
import { cloudErrorOf, codeOf } from "./errors.ts";
import type { Roster } from "./roster.ts";

const MOST_BYTES = 64 * 1024;

export function awsConsoles(ec2: () => Promise<EC2Client>, roster: Roster): Consoles {
  async function read(id: string, isLatest: boolean, signal?: AbortSignal): Promise<string> {
    const client = await ec2();
    const { Output = "" } = await client.send(
      new GetConsoleOutputCommand({ InstanceId: id, ...(isLatest ? { Latest: true } : {}) }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    return endOf(Buffer.from(Output, "base64"));
  }

  return {
    async read(id, { signal } = {}) {
      const machine = (await roster.find([id], signal)).get(id);
      if (machine === undefined || machine.state === "gone") {
        throw new CloudError("NotFound", `machine ${id} is not one of this cluster's, or gone`);
      }
      try {
        // "Latest is supported by instance types built on the Nitro System" only.
        return await read(id, true, signal).catch((error: unknown) => {
          if (codeOf(error) !== "UnsupportedOperation") throw error;
          return read(id, false, signal);
        });
      } catch (error) {
        signal?.throwIfAborted();
        throw cloudErrorOf(error, `console of ${id}`);
      }
    },
  };
}

/** Whole characters: what is left of one at the beginning is dropped. */
function endOf(bytes: Buffer): string {
  if (bytes.length <= MOST_BYTES) return bytes.toString("utf8");
  let from = bytes.length - MOST_BYTES;
  while (((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
  const text = bytes.subarray(from).toString("utf8");
  // Bytes that are no characters take three when they are written as the mark for that.
  return Buffer.byteLength(text) <= MOST_BYTES ? text : text.slice(-MOST_BYTES / 3);
}
