import { existsSync } from "node:fs";
import { type ManagedDatabase, SITE_LAYOUT } from "@sluice/boot";
import { messageOf } from "@sluice/model";
import { call } from "../ctl.ts";
import { isListening } from "../setup/services.ts";
import { readSiteIdentity } from "./identity.ts";

const VERBS = new Map([
  ["status", "GET"],
  ["hand-over", "POST"],
  ["force", "POST"],
]);

/** `sluice-head site-ctl VERB`: one JSON document of the site's database. Returns the exit code. */
export async function siteCtl([verb = ""]: readonly string[]): Promise<number> {
  const method = VERBS.get(verb);
  if (method === undefined) {
    return fail({
      code: "USAGE",
      message: `unknown verb ${JSON.stringify(verb)}; one of ${[...VERBS.keys()].join(", ")}`,
    });
  }
  const managed = existsSync(SITE_LAYOUT.siteFile) ? readSiteIdentity().database : undefined;
  if (managed !== undefined) return managedCtl(verb, managed);
  try {
    const answer = await call(method, `/${verb}`, { socketPath: SITE_LAYOUT.databaseSocket });
    process.stdout.write(`${answer.text}\n`);
    return answer.ok ? 0 : 1;
  } catch (error) {
    const message = `the site's database does not answer here: ${messageOf(error)}`;
    return fail({ code: "DATABASE_UNREACHABLE", message });
  }
}

/** Of a database whose copies are the cloud's matter: any machine that reaches it speaks for it. */
async function managedCtl(verb: string, { host, port }: ManagedDatabase): Promise<number> {
  if (verb !== "status") {
    const why = `the database at ${host} is not on the site's machines: the cloud has it take over`;
    return fail({ code: "DATABASE_MANAGED", message: why });
  }
  const isUp = await isListening(host, port);
  const status = {
    role: isUp ? "primary" : "waiting",
    isManaged: true,
    primary: isUp ? host : undefined,
    inStep: [],
    trouble: isUp ? undefined : `nobody answers at ${host}:${port}`,
  };
  process.stdout.write(`${JSON.stringify(status)}\n`);
  return 0;
}

function fail(error: { readonly code: string; readonly message: string }): number {
  process.stdout.write(`${JSON.stringify({ error: { ...error, source: "system" } })}\n`);
  return 1;
}
