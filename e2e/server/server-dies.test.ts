import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { authenticationRoutes, createClient, usersRoutes } from "@sluice/api";
import { beforeAll, expect, test } from "vitest";
import { type Result, Site, until } from "../harness.ts";
import { isAlive, processesWith } from "../leftovers.ts";

interface Started {
  readonly url: string;
  readonly pid: number;
  readonly firstLink?: string;
  readonly fingerprint?: string;
}

const PASSWORD = "correct horse battery";

let site: Site;
let config: string;

beforeAll(() => {
  // A state of its own, without a cluster: it is killed.
  site = new Site("dying");
  mkdirSync(site.state, { recursive: true });
  config = join(site.run.folder, "dying.yaml");
  writeFileSync(config, "Listen: { Port: 0 }\n");
});

async function started(file = config): Promise<Started> {
  const result = await site.sluice(["server", "start", "--detach", "--config", file]);
  if (result.code !== 0) throw new Error(result.stderr);
  return result.json<Started>();
}

const databases = (): readonly number[] =>
  processesWith(`--datadir=${site.state}/`)
    .filter(({ command }) => command.startsWith("/usr/sbin/mariadbd"))
    .map(({ pid }) => pid);

async function ready({ url }: Started): Promise<boolean> {
  return (await fetch(`${url}/health/ready`)).ok;
}

test("a server that is killed takes its database along, and the next knows all it knew", async () => {
  const first = await started();
  expect(databases()).toHaveLength(1);
  const token = first.firstLink?.split("/").at(-1) ?? "";
  const { useLink, signInForToken } = authenticationRoutes;
  const nobody = createClient({ baseUrl: first.url });
  await nobody.call(useLink, { body: { token, name: "admin", password: PASSWORD } });
  const by = { is: "password" as const, name: "admin", password: PASSWORD };
  const made = await nobody.call(signInForToken, { body: { by, token: { name: "t" } } });
  const headers = { authorization: `Bearer ${made.token}` };
  const admin = (url: string) => createClient({ baseUrl: url, headers });
  const names: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const server = round === 0 ? first : await started();
    expect(server.firstLink === undefined).toBe(round > 0);
    // Killed while it makes users: those that it said are made stay.
    const making = (async () => {
      for (let count = 0; ; count += 1) {
        const name = `user-${round}-${count}`;
        await admin(server.url).call(usersRoutes.createUser, { body: { name } });
        names.push(name);
      }
    })();
    const enough = names.length + 5;
    await until("users to be made", async () => names.length >= enough, 20);
    process.kill(server.pid, "SIGKILL");
    await expect(making).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
    await until("its database to go too", async () => databases().length === 0, 5);
  }
  const last = await started();
  const { items } = await admin(last.url).call(usersRoutes.listUsers, { query: { limit: 1000 } });
  expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
});

test("a database that is killed is started again, and the server answers meanwhile", async () => {
  const server = (await site.sluice(["server", "status"])).json<Started>();
  for (const pid of databases()) process.kill(pid, "SIGKILL");
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  const away = await fetch(`${server.url}/api/v1/users`, {
    headers: { authorization: `Bearer slu_${"x".repeat(43)}` },
  });
  expect([401, 503]).toContain(away.status);
  await until("the server to be ready", () => ready(server), 15);
  expect(databases()).toHaveLength(1);
  expect(isAlive(server.pid)).toBe(true);
});

test("stopped, it is gone with everything, and a stop of nothing says so", async () => {
  const { pid } = (await site.sluice(["server", "stop"])).json<Started>();
  expect(isAlive(pid)).toBe(false);
  expect(databases()).toEqual([]);
  const again = await site.sluice(["server", "stop"]);
  expect([again.code, again.error().code]).toEqual([5, "SERVER_NOT_RUNNING"]);
  expect((await site.sluice(["server", "status"])).code).toBe(5);
});

test("it makes a certificate and keeps it; its folder gives nothing away", async () => {
  const file = join(site.run.folder, "tls.yaml");
  writeFileSync(file, "Listen: { Port: 0, Tls: { SelfMade: true } }\n");
  const first = await started(file);
  expect(first.url).toMatch(/^https:/);
  expect(await plain(new URL(first.url))).not.toContain("200");
  await site.sluice(["server", "stop"]);
  const second = await started(file);
  expect(second.fingerprint).toBe(first.fingerprint);
  expect((await site.sluice(["server", "status"])).json()).toMatchObject({ status: "READY" });
  await site.sluice(["server", "stop"]);
  const folder = join(site.state, "server");
  const modes = ["database", "database-password", "server.log", "tls", "tls/server.key"].map(
    (name) => statSync(join(folder, name)).mode & 0o077,
  );
  expect(modes).toEqual([0, 0, 0, 0, 0]);
  const password = readFileSync(join(folder, "database-password"), "utf8").trim();
  expect(readFileSync(join(folder, "server.log"), "utf8")).not.toContain(password);
});

test("what is wrong with its file is told before anything is started", async () => {
  const file = join(site.run.folder, "wrong.yaml");
  const secret = join(site.run.folder, "exposed");
  const start = (...words: string[]): Promise<Result> =>
    site.sluice(["server", "start", "--config", file, ...words]);
  writeFileSync(file, "Listen:\n  Address: 0.0.0.0\n  Prot: 1\n");
  const refused = await start();
  expect(refused.error().code).toBe("SERVER_FILE_INVALID");
  expect(refused.error().message).toMatch(/wrong\.yaml:3:3.*Prot/);
  expect(refused.error().message).toMatch(/wrong\.yaml:2:\d+.*TLS/);
  writeFileSync(secret, "hunter2\n");
  chmodSync(secret, 0o644);
  writeFileSync(
    file,
    `Listen: { Port: 1 }
Clusters: { Default: nowhere }
Database: { Host: 127.0.0.1, Port: 9, PasswordFile: ${secret} }
`,
  );
  const checked = await start("--check");
  expect(checked.code).toBe(1);
  const { isFit, checks } = checked.json<{
    isFit: boolean;
    checks: readonly { part: string; problems: readonly { code: string }[] }[];
  }>();
  expect(isFit).toBe(false);
  const codes = Object.fromEntries(
    checks.map(({ part, problems }) => [part, problems.map(({ code }) => code)]),
  );
  expect(codes).toMatchObject({
    file: [],
    secrets: ["SECRET_EXPOSED"],
    database: ["DATABASE_UNREACHABLE"],
    clusters: ["CLUSTER_NOT_FOUND"],
  });
  expect(checked.stdout + checked.stderr).not.toContain("hunter2");
  expect((await start()).error().code).toBe("SECRET_EXPOSED");
  expect(databases()).toEqual([]);
});

/** What a client gets that speaks plain HTTP to it. */
function plain({ hostname, port }: URL): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  const socket = connect(Number(port), hostname, () =>
    socket.write("GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n"),
  );
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  socket.on("error", () => {});
  socket.on("close", () => resolve(text));
  return promise;
}
