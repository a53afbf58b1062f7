import { createHash } from "node:crypto";
import type { Identity } from "@sluice/cloud";
import type { Clock } from "@sluice/model";
import type { ClusterFacts } from "../facts.ts";
import { Remembered } from "../machines/remembered.ts";
import type { Roster } from "../machines/roster.ts";
import { readProof } from "./proof.ts";

/** Machines ask again within seconds when an answer was lost. */
const KEPT_MILLISECONDS = 30_000;
const TIMEOUT_MILLISECONDS = 5_000;
/** Of a program that is not root's, "privileged ports". */
const FIRST_FREE_PORT = 1024;

export interface IdentityOptions {
  readonly facts: ClusterFacts;
  /** STS of the region, `https://sts.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
  readonly roster: Roster;
  readonly clock: Clock;
  /** Node's `fetch`. */
  readonly send?: typeof fetch;
}

/**
 * A machine proves who it is by a request that only it could sign: GetCallerIdentity of STS, with the
 * credentials that EC2 gives to that instance, and the cluster's name among what is signed. We send it
 * to STS ourselves, which tells whose signature it is. It counts only on a connection that comes from
 * the machine's own address and from a port that root alone can use there, so that neither another
 * machine nor a job on the same one can make use of a proof that it overheard.
 */
export function awsIdentity({
  facts,
  endpoint,
  roster,
  clock,
  send = fetch,
}: IdentityOptions): Identity {
  const answers = new Remembered<string | undefined>(clock, KEPT_MILLISECONDS);
  const { name, unique, account } = facts.cluster;
  const expected = { cluster: `${name}-${unique}`, host: new URL(endpoint).host };

  async function instanceOf(proof: string): Promise<string | undefined> {
    const request = readProof(proof, expected);
    if (request === undefined) return undefined;
    // The address says the host, which was found to be the one that was signed.
    const { host: _, ...headers } = request.headers;
    const answer = await send(`${endpoint.replace(/\/$/, "")}/`, {
      method: "POST",
      headers,
      body: request.body,
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    const text = await answer.text();
    // STS says no to a wrong or an old signature; when it can't say, nobody is let in either.
    if (answer.status >= 500) throw new Error(`STS answers ${answer.status}`);
    return answer.ok ? instanceInArn(text, account) : undefined;
  }

  return {
    async verify(proof, from, { signal } = {}) {
      signal?.throwIfAborted();
      if (from.port <= 0 || from.port >= FIRST_FREE_PORT) return undefined;
      const key = createHash("sha256").update(proof).digest("base64");
      const id = await answers.get(key, () => instanceOf(proof));
      if (id === undefined) return undefined;
      const machine = await known(roster, id, signal);
      if (machine === undefined || machine.address !== from.address) return undefined;
      if (machine.state === "gone" || machine.state === "stopping") return undefined;
      return machine;
    },
  };
}

/** One that was only just accepted may have no address yet: another look finds it. */
async function known(roster: Roster, id: string, signal: AbortSignal | undefined) {
  const machine = (await roster.find([id], signal)).get(id);
  if (machine === undefined || machine.address !== undefined) return machine;
  await roster.read(signal);
  return roster.get(id);
}

/** Of `arn:aws:sts::ACCOUNT:assumed-role/ROLE/i-…`, whose last part EC2 and nobody else writes. */
function instanceInArn(xml: string, account: string): string | undefined {
  const [, owner, id] =
    /<Arn>arn:[\w-]+:sts::(\d+):assumed-role\/[^/<]+\/(i-[0-9a-f]+)<\/Arn>/.exec(xml) ?? [];
  return owner === account ? id : undefined;
}
