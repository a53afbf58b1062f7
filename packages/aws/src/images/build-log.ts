import { isNamed } from "../bucket.ts";
import type { Clients } from "../clients.ts";
import { imageLogGroup } from "../names.ts";
import { logs } from "../sdk.ts";

/** Of the only version that a build of ours has. */
const STREAM = "1.0.0/1";
/** The most that one answer holds. */
const MOST_LINES = 10_000;

/** The newest lines of what a build said; empty where there is nothing, or nothing yet. */
export async function buildLog(
  clients: Clients,
  { id, build }: { readonly id: string; readonly build: string },
  lines = MOST_LINES,
): Promise<string> {
  const { sdk, client } = await logs(clients);
  try {
    const { events = [] } = await client.send(
      new sdk.GetLogEventsCommand({
        logGroupName: imageLogGroup(id, build),
        logStreamName: STREAM,
        limit: Math.max(1, Math.min(lines, MOST_LINES)),
        startFromHead: false,
      }),
    );
    return events.map(({ message = "" }) => `${message.trimEnd()}\n`).join("");
  } catch (error) {
    if (isNamed(error, "ResourceNotFoundException")) return "";
    throw error;
  }
}

export async function removeBuildLog(
  clients: Clients,
  { id, build }: { readonly id: string; readonly build: string },
): Promise<void> {
  const { sdk, client } = await logs(clients);
  try {
    const logGroupName = imageLogGroup(id, build);
    await client.send(new sdk.DeleteLogGroupCommand({ logGroupName }));
  } catch (error) {
    if (!isNamed(error, "ResourceNotFoundException")) throw error;
  }
}
