import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DatabaseAddress } from "../../connect.ts";
import type { DatabaseStatus, Loss } from "../contract.ts";
import type { Answer, KeeperWords, Question } from "./keeper.ts";

const PASSWORD = "a-password-of-tests";

/** What happened, for a test to wait for. */
export interface Happening {
  readonly machine: string;
  readonly what: "event" | "error" | "onPrimary" | "onOver" | "takeAddress" | "dropAddress";
  readonly text: string;
  readonly at: number;
}

/** Two machines of a site on loopback, their cloud's registers, and the site's one address. */
export class TestSite implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "sluice-site-"));
  readonly machines: Readonly<Record<"a" | "b", TestMachine>>;
  readonly happened: Happening[] = [];
  readonly #registers = new Map<string, { text: string; tag: string }>();
  readonly #proxy: Address;
  #tags = 0;
  #watchers = new Set<() => void>();

  private constructor(ports: readonly number[], proxy: Address) {
    this.#proxy = proxy;
    // MariaDB runs as somebody else.
    chmodSync(this.folder, 0o711);
    makeSecrets(this.folder);
    const [first = 0, second = 0] = ports;
    this.machines = {
      a: new TestMachine(this, { name: "site-a", port: first, serverId: 1 }),
      b: new TestMachine(this, { name: "site-b", port: second, serverId: 2 }),
    };
  }

  static async open(): Promise<TestSite> {
    const ports = [await freePort(), await freePort()];
    return new TestSite(ports, await Address.open());
  }

  /** As a program of the site reaches the database, whoever leads. */
  get address(): DatabaseAddress {
    return {
      host: "127.0.0.1",
      port: this.#proxy.port,
      user: "sluice",
      password: PASSWORD,
      database: "sluice",
      certificateAuthority: readFileSync(join(this.folder, "ca.pem"), "utf8"),
    };
  }

  get standing(): { readonly inStep: readonly string[]; readonly primary: { name: string } } {
    const { text } = this.#registers.get("database") ?? { text: "{}" };
    return JSON.parse(text).data;
  }

  other(machine: TestMachine): TestMachine {
    return machine === this.machines.a ? this.machines.b : this.machines.a;
  }

  tell(happening: Happening): void {
    this.happened.push(happening);
    for (const look of this.#watchers) look();
  }

  /** Resolves with the first that is as told and happened after `since`. */
  async until(
    isIt: (happening: Happening) => boolean,
    since = 0,
    within = 60_000,
  ): Promise<Happening> {
    const { promise, resolve, reject } = Promise.withResolvers<Happening>();
    const look = (): void => {
      const found = this.happened.find((happening) => happening.at >= since && isIt(happening));
      if (found !== undefined) resolve(found);
    };
    const late = setTimeout(
      () => reject(new Error(`did not happen: ${isIt}\n${this.story()}`)),
      within,
    );
    this.#watchers.add(look);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(late);
      this.#watchers.delete(look);
    }
  }

  story(): string {
    return this.happened
      .map(({ at, machine, what, text }) => `${at.toFixed(0)} ${machine} ${what} ${text}`)
      .join("\n");
  }

  /** Both run, `a` is the primary and `b` is in step. */
  async start(): Promise<void> {
    this.machines.a.start();
    await this.until(({ what }) => what === "onPrimary");
    this.machines.b.start();
    await this.until(({ text }) => /site-b is in step/.test(text));
  }

  async answer(machine: TestMachine, { ask, args }: Question): Promise<unknown> {
    const [name = "", text = "", expected] = args as readonly string[];
    const at = performance.now();
    switch (ask) {
      case "read":
        return this.#registers.get(name);
      case "write": {
        if (this.#registers.get(name)?.tag !== (expected ?? undefined)) return undefined;
        const tag = `t${++this.#tags}`;
        this.#registers.set(name, { text, tag });
        return tag;
      }
      case "takeAddress":
        this.#proxy.moveTo(machine.words.folder.port ?? 0);
        this.tell({ machine: machine.name, what: ask, text: "", at });
        return undefined;
      case "dropAddress":
        if (this.#proxy.target === machine.words.folder.port) this.#proxy.moveTo(undefined);
        this.tell({ machine: machine.name, what: ask, text: "", at });
        return undefined;
      default:
        this.tell({ machine: machine.name, what: ask as Happening["what"], text: name, at });
        return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Object.values(this.machines).map((machine) => machine.kill()));
    await this.#proxy.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class TestMachine {
  readonly words: KeeperWords;
  readonly #site: TestSite;
  #process: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #asked = new Map<number, (answer: Answer) => void>();
  #count = 0;
  /** Whether it reaches the cloud's registers. */
  isCut = false;

  constructor(
    site: TestSite,
    place: { readonly name: string; readonly port: number; readonly serverId: number },
  ) {
    this.#site = site;
    const secret = (name: string): string => join(site.folder, name);
    this.words = {
      folder: {
        ...place,
        folder: join(site.folder, place.name),
        listen: ["127.0.0.1"],
        tls: {
          authorityFile: secret("ca.pem"),
          certificateFile: secret("cert.pem"),
          keyFile: secret("key.pem"),
        },
        replicationPasswordFile: secret("password"),
        accounts: [{ user: "sluice", passwordFile: secret("password"), databases: ["sluice"] }],
        memoryMebibytes: 32,
      },
      peers: [],
    };
  }

  get name(): string {
    return this.words.folder.name;
  }

  start(): void {
    const { folder } = this.#site.other(this).words;
    const peers = [{ name: folder.name, host: "127.0.0.1", port: folder.port ?? 0 }];
    const script = fileURLToPath(new URL("./keeper.ts", import.meta.url));
    const child = fork(script, [JSON.stringify({ ...this.words, peers })], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    this.#process = child;
    this.#ended = new Promise((resolve) => child.once("exit", () => resolve()));
    child.on("message", (message: Question | Answer) => {
      if (!("ask" in message)) return void this.#asked.get(-message.id)?.(message);
      const isOfRegisters = message.ask === "read" || message.ask === "write";
      if (this.isCut && isOfRegisters) return;
      void this.#site.answer(this, message).then((value) => {
        if (child.connected) child.send({ id: message.id, value }, () => {});
      });
    });
  }

  /** As a machine that loses power; mariadbd dies with its keeper. */
  async kill(): Promise<void> {
    const pid = this.mariadbd;
    this.#process?.kill("SIGKILL");
    await this.#ended;
    if (pid !== undefined) await gone(pid);
  }

  async stop(): Promise<void> {
    this.#process?.send({ id: ++this.#count, ask: "stop", args: [] });
    await this.#ended;
  }

  freeze(): void {
    this.signal("SIGSTOP");
  }

  thaw(): void {
    this.signal("SIGCONT");
  }

  /** Both, mariadbd first: it can't notice that its keeper stands still. */
  signal(signal: NodeJS.Signals): void {
    const pid = this.mariadbd;
    if (pid !== undefined) process.kill(pid, signal);
    this.#process?.kill(signal);
  }

  get mariadbd(): number | undefined {
    try {
      const file = join(this.words.folder.folder, "mariadbd.pid");
      return Number(readFileSync(file, "utf8")) || undefined;
    } catch {
      return undefined;
    }
  }

  /** Data that was set aside. */
  get aside(): readonly string[] {
    return readdirSync(this.words.folder.folder).filter((name) => name.endsWith(".aside"));
  }

  ask(what: "status"): Promise<DatabaseStatus>;
  ask(what: "force"): Promise<Loss>;
  ask(what: "handOver"): Promise<void>;
  ask(what: string): Promise<unknown> {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, ({ error, value }) => {
        if (error === undefined) resolve(value);
        else reject(Object.assign(new Error(error.message), { code: error.code }));
      });
      this.#process?.send({ id, ask: what, args: [] });
    });
  }
}

/** The site's one address: connections go to who has it, and break when it moves. */
class Address {
  target: number | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => {
      socket.on("error", () => {});
      if (this.target === undefined) return void socket.destroy();
      const onward = dial(this.target, "127.0.0.1");
      onward.on("error", () => socket.destroy());
      onward.on("close", () => socket.destroy());
      socket.on("close", () => onward.destroy());
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.pipe(onward).pipe(socket);
    });
  }

  static async open(): Promise<Address> {
    const proxy = new Address();
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  moveTo(port: number | undefined): void {
    if (port === this.target) return;
    this.target = port;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.moveTo(undefined);
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function makeSecrets(folder: string): void {
  const openssl = (...args: readonly string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(...["req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem"], "-subj", "/CN=site");
  openssl(...["req", ...key, "-keyout", "key.pem", "-out", "cert.csr"], "-subj", "/CN=database");
  writeFileSync(join(folder, "names"), "subjectAltName=IP:127.0.0.1,DNS:database\n");
  openssl(
    ...["x509", "-req", "-in", "cert.csr", "-CA", "ca.pem", "-CAkey", "ca.key"],
    ...["-CAcreateserial", "-extfile", "names", "-out", "cert.pem"],
  );
  writeFileSync(join(folder, "password"), `${PASSWORD}\n`, { mode: 0o600 });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
