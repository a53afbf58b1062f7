import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { Leadership } from "@sluice/cloud";
import { readLease } from "@sluice/lease";
import { isSluiceError, messageOf } from "@sluice/model";
import Fastify, { type FastifyInstance } from "fastify";
import { parseHolder } from "./holder.ts";
import { LEASE, type Leader } from "./leader.ts";

const READ_MILLISECONDS = 3000;

/** What `sluice-head ctl lead` and `resign` ask, for root on this machine. */
export function buildLeadControl(
  leader: Leader,
  { registers }: Pick<Leadership, "registers">,
): FastifyInstance {
  const app = Fastify({ forceCloseConnections: true });
  app.setErrorHandler((error, _request, reply) =>
    reply.status(500).send({
      error: isSluiceError(error)
        ? error.toJSON()
        : { code: "INTERNAL", source: "system", message: messageOf(error) },
    }),
  );
  app.get("/lead", async () => {
    const signal = AbortSignal.timeout(READ_MILLISECONDS);
    const record = await readLease(registers, LEASE, { signal }).catch(() => undefined);
    const { machine } = parseHolder(record?.holder ?? "");
    return {
      ...leader.state,
      // By the cloud's record; null when nobody leads, or the cloud does not tell.
      leader: machine === "" ? null : { machine, term: record?.term },
    };
  });
  app.post("/resign", async () => ({ resigned: true, to: await leader.resign() }));
  return app;
}

export async function listen(app: FastifyInstance, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  rmSync(path, { force: true });
  await app.listen({ path });
  chmodSync(path, 0o600);
}
