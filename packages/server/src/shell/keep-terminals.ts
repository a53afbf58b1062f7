import type { TerminalsTable } from "@sluice/database";
import type { TerminalState } from "@sluice/gateway";
import { isSluiceError } from "@sluice/model";
import { mayAsk } from "../http/access.ts";
import { personOf } from "../identity/principals.ts";
import {
  endingOf,
  SHOWN_MILLISECONDS,
  type ShellParts,
  type SiteTerminals,
  STARTING_MILLISECONDS,
  type TerminalEnding,
} from "./terminals.ts";

const LOOK_MILLISECONDS = 5000;

type Ends = Pick<SiteTerminals, "condemn" | "over">;

/**
 * Looks after every terminal of the site until the signal: ends those of people who may not have
 * them any more, and writes down which ended by themselves. Several servers may do it at once.
 */
export async function keepTerminals(
  parts: ShellParts,
  terminals: Ends,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log } = parts;
  while (!signal.aborted) {
    try {
      await look(parts, terminals);
    } catch (err) {
      log.warn({ err }, "terminals were not looked after; it is tried again");
    }
    await clock.sleep(LOOK_MILLISECONDS, signal);
  }
}

async function look(parts: ShellParts, ends: Ends): Promise<void> {
  const { clock, database, log } = parts;
  const long = new Date(clock.now().getTime() - SHOWN_MILLISECONDS);
  await database.deleteFrom("terminals").where("ended_at", "<", long).execute();
  const rows = await database
    .selectFrom("terminals")
    .selectAll()
    .where("ended_at", "is", null)
    .execute();
  const looks = Array.from(
    Map.groupBy(rows, (row) => row.cluster),
    ([cluster, ofCluster]) =>
      lookAt(parts, ends, cluster, ofCluster).catch((error: unknown) => {
        // A head that is away is looked at again; what was open there may be still.
        if (isSluiceError(error)) log.debug({ err: error, cluster }, "a head was not looked at");
        else throw error;
      }),
  );
  // One that is slow to answer keeps nobody on the others.
  await Promise.all(looks);
}

async function lookAt(
  parts: ShellParts,
  { condemn, over }: Ends,
  name: string,
  rows: readonly TerminalsTable[],
): Promise<void> {
  const { clusters } = parts;
  const cluster = await clusters.get(name).catch(async (error: unknown) => {
    if (!isSluiceError(error) || error.code !== "CLUSTER_NOT_FOUND") throw error;
    for (const { id } of rows) await over(id, { reason: "lost" });
    return undefined;
  });
  if (cluster === undefined) return;
  const { terminals } = await cluster.gateway();
  const states = new Map((await terminals.list()).map((state) => [state.id, state]));
  for (const row of rows) {
    const ending = (await refusalOf(parts, row)) ?? endOf(parts, row, states.get(row.id));
    if (ending === undefined) continue;
    await condemn(row.id, ending.reason);
    await terminals.end(row.id);
    await over(row.id, ending);
  }
}

/** Why somebody may not have a terminal any more. */
async function refusalOf(
  { config, database }: ShellParts,
  { user_id, unix_user, cluster }: TerminalsTable,
): Promise<TerminalEnding | undefined> {
  if (!config.Shell.Enabled) return { reason: "switched-off" };
  const person = await personOf(database, user_id);
  if (person === undefined || person.unixUser !== unix_user) return { reason: "access-lost" };
  const principal = { ...person, via: "session", credentialId: "" } as const;
  const may = mayAsk({ role: "user", on: "cluster" }, principal, cluster);
  return may ? undefined : { reason: "access-lost" };
}

function endOf(
  { clock }: ShellParts,
  { opened_at }: TerminalsTable,
  state: TerminalState | undefined,
): TerminalEnding | undefined {
  if (state?.ended !== undefined) return endingOf(state.ended);
  const age = clock.now().getTime() - opened_at.getTime();
  return state === undefined && age > STARTING_MILLISECONDS ? endingOf(undefined) : undefined;
}
