import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { startMariadbd } from "@sluice/database";
import { createConnection } from "mysql2/promise";
import { Site, until } from "../harness.ts";
import { siteOfServer } from "./site.ts";

const HAPROXY = "/usr/sbin/haproxy";

/** One of several servers of a site. */
export interface OneServer {
  readonly name: string;
  readonly site: Site;
  url(): string;
  pid(): number;
  firstLink(): string | undefined;
  start(): Promise<void>;
  kill(): void;
}

/** Two servers with a state folder each over one database, behind a balancer where there is one. */
export interface SeveralServers extends AsyncDisposable {
  readonly one: OneServer;
  readonly other: OneServer;
  /** Of the balancer; undefined without HAProxy. */
  readonly balancer: string | undefined;
  /** Rows of a question to their database. */
  rows<T>(question: string): Promise<readonly T[]>;
}

/** Both are started at the same moment, over a database without a table. */
export async function severalServers(): Promise<SeveralServers> {
  await using stack = new AsyncDisposableStack();
  const { site: base } = siteOfServer();
  const { run } = base;
  const folder = join(run.folder, "several");
  mkdirSync(folder, { mode: 0o755 });
  const password = randomBytes(16).toString("hex");
  const database = stack.use(
    await startMariadbd({ folder: join(folder, "database"), password, isDurable: false }),
  );
  const connection = await createConnection(database.address(""));
  stack.defer(() => connection.end());
  await connection.query("CREATE DATABASE site");
  await connection.query("USE site");
  const [balancerPort, ...ports] = await freePorts(3);
  const balancer = existsSync(HAPROXY) ? `http://127.0.0.1:${balancerPort}` : undefined;
  const secret = (name: string, content: string | Uint8Array) => {
    const file = join(folder, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  const key = secret("site-key", randomBytes(32));
  const passwordFile = secret("password", `${password}\n`);
  const { socketPath, user } = database.address("site");
  const servers = ["one", "other"].map((name, index) =>
    oneServer(base, name, {
      file: `Listen: { Port: ${ports[index]} }
${balancer === undefined ? "" : `PublicUrl: ${balancer}\nTrustedProxies: [127.0.0.1]`}
Database: { SocketPath: ${socketPath}, User: ${user}, Name: site, PasswordFile: ${passwordFile} }
Clusters: { Default: demo }
Triggers: { SiteKeyFile: ${key} }
Limits: { RequestsPerMinute: { Address: 1000000, User: 1000000, Stranger: 1000000 } }
`,
    }),
  ) as [OneServer, OneServer];
  for (const server of servers) stack.defer(() => stopped(server));
  await Promise.all(servers.map((server) => server.start()));
  if (balancer !== undefined && balancerPort !== undefined) {
    stack.use(haproxy(folder, balancerPort, ports));
    await until("the balancer", async () => (await fetch(`${balancer}/health/live`)).ok, 10);
  }
  const all = stack.move();
  const [one, other] = servers;
  return {
    ...{ one, other, balancer },
    rows: async <T>(question: string) =>
      (await connection.query(question))[0] as unknown as readonly T[],
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** A state folder of its own, in which the local cloud is the tests' one. */
function oneServer(base: Site, name: string, { file }: { readonly file: string }): OneServer {
  const site = new Site(`several/${name}`);
  mkdirSync(site.state, { recursive: true });
  for (const part of SHARED) symlinkSync(join(base.state, part), join(site.state, part));
  const config = join(site.state, "server.yaml");
  writeFileSync(config, file);
  let now: { url: string; pid: number; firstLink?: string } | undefined;
  const started = () => {
    if (now === undefined) throw new Error(`the server ${name} was not started`);
    return now;
  };
  return {
    ...{ name, site },
    url: () => started().url,
    pid: () => started().pid,
    firstLink: () => started().firstLink,
    start: async () => {
      const result = await site.sluice(["server", "start", "--detach", "--config", config]);
      if (result.code !== 0) throw new Error(result.stderr);
      now = result.json();
    },
    kill: () => process.kill(started().pid, "SIGKILL"),
  };
}

const SHARED = ["service", "clusters", "bundles"];

async function stopped({ site }: OneServer): Promise<void> {
  await site.sluice(["server", "stop"]);
  // Whoever looks for clusters that are left would find the others' here.
  for (const part of SHARED) unlinkSync(join(site.state, part));
}

function haproxy(folder: string, port: number, ports: readonly number[]): AsyncDisposable {
  const file = join(folder, "haproxy.cfg");
  const servers = ports.map((one) => `  server s${one} 127.0.0.1:${one} check inter 300ms fall 1`);
  const nevertheless = ports.map((one) => `  server n${one} 127.0.0.1:${one} backup`);
  writeFileSync(
    file,
    `defaults
  mode http
  timeout connect 1s
  timeout client 1h
  timeout server 1h
  option forwardfor
  option redispatch
  retry-on conn-failure empty-response 503
  retries 3
frontend site
  bind 127.0.0.1:${port}
  default_backend servers
backend servers
  balance roundrobin
  option httpchk GET /health/serving
  http-check disable-on-404
  option allbackups
  http-request disable-l7-retry unless METH_GET
${[...servers, ...nevertheless].join("\n")}
`,
  );
  const child: ChildProcess = spawn(HAPROXY, ["-db", "-f", file], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("close", resolve));
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function freePorts(count: number): Promise<readonly number[]> {
  const probes = await Promise.all(
    Array.from({ length: count }, async () => {
      const probe = createServer();
      await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
      return probe;
    }),
  );
  return Promise.all(
    probes.map(async (probe) => {
      const address = probe.address();
      await new Promise((resolve) => probe.close(resolve));
      return typeof address === "object" && address !== null ? address.port : 0;
    }),
  );
}
