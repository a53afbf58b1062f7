import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { authenticationRoutes, createClient, usersRoutes } from "../packages/api/src/index.ts";
import { cli, STATE_DIR } from "./cluster.ts";

const PASSWORD = "correct horse battery";

interface Started {
  readonly url: string;
  readonly pid: number;
  readonly firstLink: string;
}

export interface StartedServer extends Omit<Started, "firstLink">, AsyncDisposable {
  /** Of ada, who is a user. */
  readonly token: string;
}

/** A server over one cluster of the measurements, with nobody's limits. */
export async function startServer(cluster: string): Promise<StartedServer> {
  const config = join(tmpdir(), `sluice-bench-server-${process.pid}.yaml`);
  writeFileSync(
    config,
    `
Listen: { Port: 0 }
Clusters: { Default: ${cluster} }
Limits:
  RequestsPerMinute: { Address: 1000000, User: 1000000, Stranger: 1000000 }
Events: { MaxStreamsOfUser: 1000 }
`,
  );
  await cli("server", "stop").catch(() => "");
  // A server that has no administrator yet: what is left of one that was killed goes.
  rmSync(join(STATE_DIR, "server"), { recursive: true, force: true });
  const start = ["server", "start", "--detach", "--config", config, "--output", "json"] as const;
  const stop = async (): Promise<void> => {
    await cli("server", "stop");
    rmSync(config, { force: true });
  };
  const started = JSON.parse(await cli(...start)) as Started;
  try {
    const { url, pid } = started;
    return { url, pid, token: await tokenOfAda(started), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What Linux counts a process's time in: hundredths of a second. */
const TICK_MS = 10;

/** Milliseconds of a processor that a process has had. */
export function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function tokenOfAda({ url, firstLink }: Started): Promise<string> {
  const nobody = createClient({ baseUrl: url });
  const { useLink, signInForToken } = authenticationRoutes;
  const tokenOf = (link: string) => link.slice(link.lastIndexOf("/") + 1);
  const signedIn = async (name: string) => {
    const by = { is: "password" as const, name, password: PASSWORD };
    const token = { name: "bench", expiresInDays: 1 };
    return (await nobody.call(signInForToken, { body: { by, token } })).token;
  };
  const first = { token: tokenOf(firstLink), name: "admin", password: PASSWORD };
  await nobody.call(useLink, { body: first });
  const authorization = `Bearer ${await signedIn("admin")}`;
  const admin = createClient({ baseUrl: url, headers: { authorization } });
  const { link } = await admin.call(usersRoutes.createUser, {
    body: { name: "ada", unixUser: "ada", grants: [{ role: "user" }] },
  });
  await nobody.call(useLink, { body: { token: tokenOf(link.url), password: PASSWORD } });
  return signedIn("ada");
}
