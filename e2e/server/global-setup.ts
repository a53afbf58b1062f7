import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { authenticationRoutes, createClient, usersRoutes } from "@sluice/api";
import type { TestProject } from "vitest/node";
import baseSetup from "../global-setup.ts";
import { Site } from "../harness.ts";
import { CRASH, type Run } from "../run.ts";
import {
  PASSWORD,
  PEOPLE,
  type Person,
  type ServerSite,
  STATE,
  signedIn,
  withPassword,
} from "./site.ts";

const CLUSTER = "demo";

const CLUSTER_FILE = `
Provider: local
Image: { Os: debian13 }
HeadNode: { InstanceType: local.head }
Users:
  - Name: ada
  - Name: ben
Scheduling:
  Scheduler: slurm
  SlurmSettings:
    ScaledownIdletime: 20s
  SlurmQueues:
    - Name: cpu
      ComputeResources:
        - { Name: small, InstanceType: local.small, MaxCount: 2 }
    - Name: burst
      ComputeResources:
        - { Name: light, InstanceType: light.small, MaxCount: 50 }
`;

const SERVER_FILE = `
Listen: { Port: 0 }
Clusters: { Default: ${CLUSTER} }
Limits:
  RequestsPerMinute: { Address: 1000000, User: 1000000, Stranger: 1000000 }
`;

interface Started {
  readonly url: string;
  readonly pid: number;
  readonly firstLink: string;
  readonly logFile: string;
}

/**
 * One small cluster and one server over it, started as people start it, with somebody of each role.
 * What tests make there they take away again; what is left at the end fails the run.
 */
export default async function setup(
  project: Pick<TestProject, "provide">,
): Promise<() => Promise<void>> {
  let run: Run | undefined;
  const finish = await baseSetup({
    provide: (key, value) => {
      run = value as Run;
      project.provide(key, value);
    },
  });
  try {
    if (run === undefined) throw new Error("the programs were not built");
    const site = new Site(STATE, [], run);
    const { trace } = await site.createCluster(CLUSTER, CLUSTER_FILE);
    const config = join(run.folder, "server.yaml");
    writeFileSync(config, SERVER_FILE);
    const result = await site.sluice(["server", "start", "--detach", "--config", config]);
    if (result.code !== 0) throw new Error(`the server did not start:\n${result.stderr}`);
    const { url, pid, firstLink, logFile } = result.json<Started>();
    const tokens = await makePeople(url, firstLink);
    const server: ServerSite = { url, pid, tokens, cluster: trace, logFile };
    project.provide("server", server);
    return async () => {
      const stopped = await site.sluice(["server", "stop"]);
      const log = readFileSync(logFile, "utf8");
      await finish();
      // 5: a test stopped it.
      if (stopped.code !== 0 && stopped.code !== 5) throw new Error(stopped.stderr);
      if (CRASH.test(log)) throw new Error(`the server crashed:\n${log.slice(-4000)}`);
    };
  } catch (error) {
    await finish().catch(() => {});
    throw error;
  }
}

/** The first by the one-time link, the others by links that the first makes. */
async function makePeople(url: string, firstLink: string): Promise<Record<Person, string>> {
  const body = {
    token: firstLink.slice(firstLink.lastIndexOf("/") + 1),
    name: "admin",
    password: PASSWORD,
  };
  await createClient({ baseUrl: url }).call(authenticationRoutes.useLink, { body });
  const admin = await signedIn(url, "admin");
  const client = createClient({ baseUrl: url, headers: { authorization: `Bearer ${admin}` } });
  const tokens: Record<string, string> = { admin };
  for (const [name, { role, unixUser }] of Object.entries(PEOPLE)) {
    if (name === "admin") continue;
    const { link } = await client.call(usersRoutes.createUser, {
      body: { name, grants: [{ role }], ...(unixUser === undefined ? {} : { unixUser }) },
    });
    await withPassword(url, link.url);
    tokens[name] = await signedIn(url, name);
  }
  return tokens as Record<Person, string>;
}
