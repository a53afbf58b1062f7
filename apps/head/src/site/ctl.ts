import { SITE_LAYOUT } from "@sluice/boot";
import { messageOf } from "@sluice/model";
import { call } from "../ctl.ts";

const VERBS = new Map([
  ["status", "GET"],
  ["hand-over", "POST"],
  ["force", "POST"],
]);

/** `sluice-head site-ctl VERB`: one JSON document of the site's database. Returns the exit code. */
export async function siteCtl([verb = ""]: readonly string[]): Promise<number> {
  const method = VERBS.get(verb);
  if (method === undefined) {
    return fail(
      "USAGE",
      `unknown verb ${JSON.stringify(verb)}; one of ${[...VERBS.keys()].join(", ")}`,
    );
  }
  try {
    const answer = await call(method, `/${verb}`, { socketPath: SITE_LAYOUT.databaseSocket });
    process.stdout.write(`${answer.text}\n`);
    return answer.ok ? 0 : 1;
  } catch (error) {
    return fail(
      "DATABASE_UNREACHABLE",
      `the site's database does not answer here: ${messageOf(error)}`,
    );
  }
}

function fail(code: string, message: string): number {
  process.stdout.write(`${JSON.stringify({ error: { code, source: "system", message } })}\n`);
  return 1;
}
