import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ApiClient, authenticationRoutes, createClient } from "@sluice/api";
import { inject } from "vitest";
import { Cluster, Site } from "../harness.ts";
import type { Trace } from "../run.ts";

/** The people of the site, by what they are; each has a token with every scope. */
export const PEOPLE = {
  admin: { role: "administrator", unixUser: undefined },
  olga: { role: "operator", unixUser: undefined },
  ada: { role: "user", unixUser: "ada" },
  ben: { role: "user", unixUser: "ben" },
  rita: { role: "read-only", unixUser: undefined },
} as const;
export type Person = keyof typeof PEOPLE;

/** Of every person. */
export const PASSWORD = "correct horse battery";

/** Name of the site's state folder in the run's. */
export const STATE = "server";

/** The file of a cluster that tests make beside the site's own, and take away. */
export const SMALL_CLUSTER = `Provider: local
Image: { Os: debian13 }
HeadNode: { InstanceType: local.head }
Users:
  - Name: ada
Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - Name: cpu
      ComputeResources:
        - { Name: light, InstanceType: light.small, MaxCount: 2 }
`;

/** The running server, as the global set-up hands it to the test files. */
export interface ServerSite {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly pid: number;
  readonly tokens: Readonly<Record<Person, string>>;
  /** With queues `cpu` (booted) and `burst` (light), and the Unix users ada and ben. */
  readonly cluster: Trace;
  readonly logFile: string;
}

declare module "vitest" {
  interface ProvidedContext {
    server: ServerSite;
  }
}

export function serverSite(): ServerSite {
  return inject("server");
}

/** The typed client of a person; of nobody without one. */
export function clientOf(person?: Person): ApiClient {
  const { url, tokens } = serverSite();
  return createClient({
    baseUrl: url,
    headers: person === undefined ? {} : { authorization: `Bearer ${tokens[person]}` },
  });
}

/** A request as it is, for what the typed client would not send. */
export function ask(path: string, person?: Person, init: RequestInit = {}): Promise<Response> {
  const { url, tokens } = serverSite();
  const authorization = person === undefined ? {} : { authorization: `Bearer ${tokens[person]}` };
  return fetch(`${url}${path}`, { ...init, headers: { ...authorization, ...init.headers } });
}

/** The command line on the server's machine, and the cluster. */
export function siteOfServer(): { readonly site: Site; readonly cluster: Cluster } {
  const site = new Site(STATE);
  return { site, cluster: new Cluster(site, serverSite().cluster) };
}

/** Gives the account of a one-time link the password. */
export async function withPassword(url: string, link: string): Promise<void> {
  const token = link.slice(link.lastIndexOf("/") + 1);
  const body = { token, password: PASSWORD };
  await createClient({ baseUrl: url }).call(authenticationRoutes.useLink, { body });
}

/** @returns a token of that account's with every scope. */
export async function signedIn(url: string, name: string): Promise<string> {
  const by = { is: "password" as const, name, password: PASSWORD };
  const body = { by, token: { name: "tests", expiresInDays: 1 } };
  const { signInForToken } = authenticationRoutes;
  return (await createClient({ baseUrl: url }).call(signInForToken, { body })).token;
}

/** Of the server as it runs now: tests before may have killed the first one. */
export async function serverPid(): Promise<number> {
  const status = await siteOfServer().site.sluice(["server", "status"]);
  return status.json<{ pid: number }>().pid;
}

/** After a kill, at the address that all tests know. */
export async function startServerAgain(): Promise<void> {
  const { site } = siteOfServer();
  const config = join(site.run.folder, "server.yaml");
  const again = join(site.run.folder, "server-again.yaml");
  const { port } = new URL(serverSite().url);
  writeFileSync(again, readFileSync(config, "utf8").replace("Port: 0", `Port: ${port}`));
  const result = await site.sluice(["server", "start", "--detach", "--config", again]);
  if (result.code !== 0) throw new Error(result.stderr);
}
