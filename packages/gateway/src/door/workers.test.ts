import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SluiceError } from "@sluice/model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openGateway } from "../client/open-gateway.ts";
import { realClock, testDoor } from "../testing/index.ts";
import { type Account, accountFor, accountIn } from "./accounts.ts";
import { asAccount } from "./worker-process.ts";
import { createWorkers, type Workers, type WorkersOptions } from "./workers.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-workers-"));
const program = join(folder, "worker.cjs");
/** Tells who it is. Its input ends with the gateway. */
const PROGRAM = `
const { createServer } = require("node:http");
const { readFileSync } = require("node:fs");
const [path, how] = process.argv.slice(2);
if (how === "fails") process.exit(1);
if (how === "link") require("node:fs").symlinkSync("/run/nothing.sock", path);
const server = createServer((request, response) => {
  if (request.url === "/die") return process.kill(process.pid, "SIGKILL");
  const groups = /^Groups:[ \\t]*(.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))[1].trim();
  const noNewPrivs = /^NoNewPrivs:\\s*(.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))[1];
  const { pid, env } = process;
  response.end(JSON.stringify({ pid, uid: process.getuid(), gid: process.getgid(), groups, noNewPrivs, env, lines }));
});
const lines = [];
require("node:readline").createInterface({ input: process.stdin })
  .on("line", (line) => {
    if (lines.push(line) === 1 && how !== "link") server.listen(path);
  })
  .on("close", () => process.exit(0));
`;

beforeAll(() => {
  execFileSync("chmod", ["755", folder]);
  writeFileSync(program, PROGRAM, { mode: 0o644 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const accountNamed = (name: string, uid: number): Account => ({
  ...{ name, uid, gid: uid, home: `/home/${name}`, shell: "/bin/bash" },
});
const ACCOUNTS: Readonly<Record<string, Account>> = {
  ada: accountNamed("ada", 61_001),
  ben: accountNamed("ben", 61_002),
  cyd: accountNamed("cyd", 61_003),
};

let count = 0;
function workersOf(options: Partial<WorkersOptions> = {}, how = ""): Workers {
  const words = (account: Account, path: string) => [
    ...["setpriv", `--reuid=${account.uid}`, `--regid=${account.gid}`, "--clear-groups", "--"],
    ...[process.execPath, program, path, how],
  ];
  return createWorkers({
    folder: join(folder, `run-${count++}`),
    accountFor: async (name) => {
      const account = ACCOUNTS[name];
      if (account === undefined) throw new SluiceError("GATEWAY_USER_UNKNOWN", "user", "no user");
      return account;
    },
    argvFor: words,
    lineFor: ({ name }) => `for ${name}`,
    clock: realClock,
    log: { info() {}, warn() {} },
    most: 8,
    idleMilliseconds: 60_000,
    ...options,
  });
}

interface Told {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly groups: string;
  readonly noNewPrivs: string;
  readonly env: Readonly<Record<string, string>>;
  readonly lines: readonly string[];
}

/** One request over one connection, which ends with it. */
async function ask(workers: Workers, user: string, path = "/"): Promise<Told> {
  const { inner, release } = await workers.connect(user);
  inner.once("close", release);
  return new Promise((resolve, reject) => {
    httpRequest({ createConnection: () => inner, path }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (more: string) => {
        text += more;
      });
      response.on("end", () => {
        inner.destroy();
        resolve(JSON.parse(text) as Told);
      });
    })
      .on("error", reject)
      .end();
  });
}

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

describe("workers", () => {
  it("are one process a user, that user and nobody else, with a login's environment", async () => {
    await using workers = workersOf();
    const [first, second, other] = await Promise.all([
      ask(workers, "ada"),
      ask(workers, "ada"),
      ask(workers, "ben"),
    ]);
    expect(first).toEqual(second);
    expect(first).toMatchObject({ uid: 61_001, gid: 61_001, groups: "" });
    expect(other.uid).toBe(61_002);
    expect(first.env).toEqual({
      HOME: "/home/ada",
      USER: "ada",
      LOGNAME: "ada",
      SHELL: "/bin/bash",
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      LANG: "C.UTF-8",
    });
  });

  it("have a folder that is root's alone once they listen", async () => {
    const place = join(folder, "sealed");
    await using workers = workersOf({ folder: place });
    await ask(workers, "ada");
    const [name = ""] = readdirSync(place);
    const { uid, mode } = statSync(join(place, name));
    expect([uid, mode & 0o777]).toEqual([0, 0o700]);
    expect(statSync(join(place, name, "worker.sock")).uid).toBe(61_001);
  });

  it("hear at their start what there is to tell, and later what is another", async () => {
    let line = "one";
    await using workers = workersOf({ lineFor: ({ name }) => `${line} for ${name}` });
    await expect.poll(async () => (await ask(workers, "ada")).lines).toEqual(["one for ada"]);
    workers.tell();
    line = "two";
    workers.tell();
    const both = ["one for ada", "two for ada"];
    await expect.poll(async () => (await ask(workers, "ada")).lines).toEqual(both);
    expect((await ask(workers, "ben")).uid).toBe(61_002);
    await expect.poll(async () => (await ask(workers, "ben")).lines).toEqual(["two for ben"]);
  });

  it("that were killed are started again", async () => {
    await using workers = workersOf();
    const { pid } = await ask(workers, "ada");
    await expect(ask(workers, "ada", "/die")).rejects.toThrow();
    await expect.poll(() => isAlive(pid)).toBe(false);
    const again = await ask(workers, "ada");
    expect(again.pid).not.toBe(pid);
    process.kill(again.pid, "SIGKILL");
    await expect.poll(() => isAlive(again.pid)).toBe(false);
    expect((await ask(workers, "ada")).uid).toBe(61_001);
  });

  it("end when nobody has used them for a while, and not while somebody does", async () => {
    await using workers = workersOf({ idleMilliseconds: 50 });
    const { inner, release } = await workers.connect("ada");
    const { pid } = await ask(workers, "ada");
    await realClock.sleep(150);
    expect(isAlive(pid)).toBe(true);
    inner.destroy();
    release();
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it("are no more than they may be: the one that rests longest goes, and none that works", async () => {
    await using workers = workersOf({ most: 2 });
    const ada = await ask(workers, "ada");
    const ben = await workers.connect("ben");
    await ask(workers, "cyd");
    await expect.poll(() => isAlive(ada.pid)).toBe(false);
    const cyd = await workers.connect("cyd");
    await expect(workers.connect("ada")).rejects.toMatchObject({ code: "GATEWAY_BUSY" });
    for (const { inner, release } of [ben, cyd]) {
      inner.destroy();
      release();
    }
    expect((await ask(workers, "ada")).uid).toBe(61_001);
  });

  it("that do not start are told of, and leave nothing", async () => {
    const place = join(folder, "fails");
    await using workers = workersOf({ folder: place }, "fails");
    await expect(workers.connect("ada")).rejects.toMatchObject({ code: "GATEWAY_WORKER_FAILED" });
    await expect.poll(() => readdirSync(place)).toEqual([]);
  });

  it("have no link for a socket", async () => {
    const clock = { ...realClock, sleep: () => Promise.resolve() };
    await using workers = workersOf({ clock }, "link");
    await expect(workers.connect("ada")).rejects.toMatchObject({ code: "GATEWAY_WORKER_FAILED" });
  });

  it("end with the gateway, and their folders too", async () => {
    const place = join(folder, "ends");
    const workers = workersOf({ folder: place });
    const { pid } = await ask(workers, "ada");
    await workers[Symbol.asyncDispose]();
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(place)).toEqual([]);
  });

  it("are reached through the door, and their loss breaks what is under way", async () => {
    const workers = workersOf();
    await using door = await testDoor({ workers });
    await using gateway = openGateway({ access: door.access, cluster: "demo", clock: realClock });
    const { dispatcher } = gateway.user("ada");
    const { body } = await dispatcher.request({ method: "GET", path: "/" });
    const told = (await body.json()) as Told;
    expect(told.uid).toBe(61_001);
    await expect(dispatcher.request({ method: "GET", path: "/die" })).rejects.toThrow();
    await expect.poll(() => isAlive(told.pid)).toBe(false);
    const { statusCode } = await dispatcher.request({ method: "GET", path: "/" });
    expect(statusCode).toBe(200);
    await expect(
      gateway.user("zoe").dispatcher.request({ method: "GET", path: "/" }),
    ).rejects.toMatchObject({ code: "GATEWAY_USER_UNKNOWN" });
  });
});

describe("a user", () => {
  const none: ReadonlySet<number> = new Set();

  it.each(["root", "daemon", "nobody", "no-such-user", "0", "../x", "-h", ""])(
    "is not %j",
    async (name) => {
      await expect(accountFor(name, none)).rejects.toMatchObject({ code: "GATEWAY_USER_UNKNOWN" });
    },
  );

  it("is read from a line of passwd", () => {
    expect(accountIn("ada:x:1001:1002:Ada,,:/home/ada:/bin/bash\n")).toEqual({
      name: "ada",
      uid: 1001,
      gid: 1002,
      home: "/home/ada",
      shell: "/bin/bash",
    });
    for (const line of ["", "ada:x:1001", "ada:x:-1:1:::/bin/sh", "a:x:1:1::home:/bin/sh"]) {
      expect(accountIn(line)).toBeUndefined();
    }
  });

  it("has all groups that the system knows of", () => {
    // Any account that is in a group besides its own: the one that runs this, made another first.
    const account = accountIn(execFileSync("getent", ["passwd", "daemon"], { encoding: "utf8" }));
    if (account === undefined) throw new Error("this machine has no user daemon");
    const [file = "", ...words] = asAccount(account, ["cat", "/proc/self/status"]);
    const status = execFileSync(file, words, { encoding: "utf8" });
    const groups = execFileSync("id", ["-G", "daemon"], { encoding: "utf8" });
    const sorted = (text = "") => text.trim().split(/\s+/).toSorted();
    expect(sorted(/^Groups:\s*(.*)$/m.exec(status)?.[1])).toEqual(sorted(groups));
    expect(status).toMatch(/^NoNewPrivs:\s*1$/m);
    expect(status).toMatch(/^CapEff:\s*0+$/m);
  });
});
