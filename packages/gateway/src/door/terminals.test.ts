import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { SluiceError } from "@sluice/model";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { openGateway } from "../client/open-gateway.ts";
import {
  createMessageReader,
  jsonMessage,
  MESSAGES,
  messageBytes,
  seenMessage,
  type TerminalHello,
} from "../terminal/messages.ts";
import { realClock, testDoor } from "../testing/index.ts";
import type { Account } from "./accounts.ts";
import { createDoorTerminals, type DoorTerminalsOptions } from "./terminals.ts";
import { loginEnvironment } from "./worker-process.ts";

const PROGRAM = new URL("../terminal/terminal.py", import.meta.url).pathname;
const base = mkdtempSync(join(tmpdir(), "sluice-terminals-"));
chmodSync(base, 0o777);
const UIDS: Readonly<Record<string, number>> = { ada: 61_101, ben: 61_102 };
const accountOf = (name: string, uid: number): Account => ({
  ...{ name, uid, gid: uid, home: "/tmp", shell: "/bin/sh" },
});

const processes = new Map<string, ChildProcess>();
const gone = (child: ChildProcess): Promise<unknown> =>
  child.exitCode === null && child.signalCode === null
    ? new Promise((resolve) => child.once("exit", resolve))
    : Promise.resolve();

/** As systemd would, but for the control group. */
const PLAIN: Pick<DoorTerminalsOptions, "start" | "stop"> = {
  async start({ account, id, folder, settings }) {
    const python = ["/usr/bin/python3", "-I", "-S", PROGRAM, folder];
    const words = JSON.stringify({ ...settings, environment: loginEnvironment(account) });
    const child = spawn(
      "setpriv",
      [`--reuid=${account.uid}`, `--regid=${account.gid}`, "--clear-groups", ...python, words],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    processes.set(id, child);
  },
  async stop(id) {
    const child = processes.get(id);
    child?.kill("SIGTERM");
    if (child !== undefined) await gone(child);
  },
};

let count = 0;
const folderOf = (): string => join(base, `${count++}`);

async function startDoor(options: Partial<DoorTerminalsOptions> = {}) {
  const terminals = createDoorTerminals({
    folder: folderOf(),
    accountFor: async (name) => {
      const uid = UIDS[name];
      if (uid === undefined) throw new SluiceError("GATEWAY_USER_UNKNOWN", "user", "no user");
      return accountOf(name, uid);
    },
    ...PLAIN,
    most: 8,
    clock: realClock,
    log: { info() {}, warn() {} },
    ...options,
  });
  const door = await testDoor({ terminals });
  const gateway = openGateway({ access: door.access, cluster: "demo", clock: realClock });
  return {
    terminals: gateway.terminals,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await door[Symbol.asyncDispose]();
    },
  };
}

const wish = (id: string, more: object = {}) => ({
  ...{ id, columns: 80, rows: 24, detachedSeconds: 60, idleSeconds: 0, mostOfUser: 4 },
  ...more,
});
const idOf = (number: number): string => `00000000-0000-4000-8000-${`${number}`.padStart(12, "0")}`;
const FIRST = idOf(1);

/** Somebody who looks at a terminal. */
class Reader {
  readonly pipe: Duplex;
  hello: TerminalHello | undefined;
  text = "";
  bytes = 0;
  last: { readonly kind: string; readonly text: string } | undefined;
  isClosed = false;

  /** @param isEager says at once that it has seen what comes. */
  constructor(pipe: Duplex, attachment: object, isEager = true) {
    this.pipe = pipe;
    const messagesIn = createMessageReader();
    pipe.on("error", () => {});
    pipe.on("close", () => {
      this.isClosed = true;
    });
    pipe.on("data", (piece: Buffer) => {
      for (const { kind, payload } of messagesIn(piece)) {
        if (kind === MESSAGES.hello) {
          this.hello = JSON.parse(payload.toString()) as TerminalHello;
        } else if (kind === MESSAGES.output) {
          this.text += payload.toString("latin1");
          this.bytes += payload.length;
          if (isEager) this.seen();
        } else {
          this.last = { kind, text: payload.toString() };
        }
      }
    });
    pipe.write(jsonMessage(MESSAGES.attach, { columns: 80, rows: 24, ...attachment }));
  }

  get offset(): number {
    return (this.hello?.offset ?? 0) + this.bytes;
  }
  seen(): void {
    this.pipe.write(seenMessage(this.offset));
  }
  type(text: string): void {
    this.pipe.write(messageBytes(MESSAGES.input, Buffer.from(text)));
  }
  resize(columns: number, rows: number): void {
    this.pipe.write(jsonMessage(MESSAGES.resize, { columns, rows }));
  }
  says(text: string): Promise<void> {
    return expect.poll(() => this.text, { timeout: 10_000 }).toContain(text);
  }
  /** Waits until nothing more comes for a moment. */
  async quiet(): Promise<void> {
    for (let before = -1; before !== this.bytes; ) {
      before = this.bytes;
      await realClock.sleep(300);
    }
  }
  async leave(): Promise<void> {
    this.pipe.destroy();
    await expect.poll(() => this.isClosed).toBe(true);
  }
}

afterEach(async () => {
  for (const child of processes.values()) {
    child.kill("SIGKILL");
    await gone(child);
  }
  processes.clear();
});
afterAll(() => rmSync(base, { recursive: true }));

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    (error: { readonly code?: string }) => error.code,
  );

describe("a terminal", { timeout: 30_000 }, () => {
  it("is a login shell of the user's with a controlling terminal of the right size", async () => {
    await using door = await startDoor();
    await door.terminals.open("ada", wish(FIRST, { columns: 91, rows: 31 }));
    const reader = new Reader(await door.terminals.connect("ada", FIRST), {
      columns: 91,
      rows: 31,
    });
    reader.type(
      "echo $0 $(id -u) $TERM $HOME; tty; stty size; echo ids $(ps -o pid= -o sid= -p $$).\n",
    );
    await reader.says("31 91");
    expect(reader.text).toMatch(/-sh 61101 xterm-256color \/tmp\r\n\/dev\/pts\/\d+/);
    const ids = () => /ids (\d+) (\d+)\./.exec(reader.text) ?? [];
    await expect.poll(() => ids().length).toBe(3);
    expect(ids()[1]).toBe(ids()[2]);
    reader.type("trap 'echo changed; stty size' WINCH\n");
    await reader.quiet();
    reader.resize(120, 40);
    // A trap is seen to when a line has been read.
    reader.type("\n");
    await reader.says("40 120");
    reader.type("printf 'gr\\303\\274n \\377\\000.'\n");
    await reader.says(`${Buffer.from("grün ").toString("latin1")}\xff\0.`);
  });

  it("goes on without a connection, and whoever comes back misses nothing and sees nothing twice", async () => {
    const over = join(base, `over-${count}`);
    await using door = await startDoor();
    await door.terminals.open("ada", wish(FIRST));
    const first = new Reader(await door.terminals.connect("ada", FIRST), {});
    first.type("PS1=; stty -echo; echo ready-to-go\n");
    await first.says("ready-to-go\r\n");
    first.type(
      `for n in 1 2 3 4 5 6; do echo line $n; sleep 0.1; done; echo all; echo > ${over}\n`,
    );
    await first.says("line 2\r\n");
    await first.leave();
    await expect.poll(() => existsSync(over)).toBe(true);
    const second = new Reader(await door.terminals.connect("ada", FIRST), { offset: first.offset });
    await second.says("all\r\n");
    expect(second.hello).toMatchObject({ offset: first.offset, missed: 0 });
    const lines = (first.text + second.text).split("\r\n").filter((line) => /^line/.test(line));
    expect(lines).toEqual([1, 2, 3, 4, 5, 6].map((n) => `line ${n}`));
    const third = new Reader(await door.terminals.connect("ada", FIRST), {});
    await third.says("all\r\n");
    expect(third.hello?.offset).toBe(0);
    await expect.poll(() => second.last?.kind).toBe(MESSAGES.taken);
    await expect.poll(() => second.isClosed).toBe(true);
  });

  it("writes no more than its reader has seen, and keeps the newest when nobody reads", async () => {
    const over = join(base, `over-${count}`);
    await using door = await startDoor();
    await door.terminals.open("ada", wish(FIRST));
    const slow = new Reader(await door.terminals.connect("ada", FIRST), {}, false);
    await expect.poll(() => slow.hello).toBeDefined();
    slow.type(`PS1=; stty -echo; yes 0123456789 | head -c 5000000; echo over; echo > ${over}\n`);
    await slow.quiet();
    expect(slow.bytes).toBeGreaterThan(200_000);
    expect(slow.bytes).toBeLessThanOrEqual(256 << 10);
    slow.seen();
    await slow.quiet();
    expect(slow.bytes).toBeLessThanOrEqual(512 << 10);
    const { offset } = slow;
    await slow.leave();
    await expect.poll(() => existsSync(over), { timeout: 10_000 }).toBe(true);
    const back = new Reader(await door.terminals.connect("ada", FIRST), { offset });
    await back.says("over\r\n");
    expect(back.hello?.missed).toBeGreaterThan(1_000_000);
    expect(back.bytes).toBeLessThanOrEqual(1 << 20);
    expect(back.text.startsWith("0123456789\r\n")).toBe(true);
    expect(back.hello?.offset).toBe(offset + (back.hello?.missed ?? 0));
  });

  it("takes a large paste that comes back as fast as it is typed", async () => {
    await using door = await startDoor();
    await door.terminals.open("ada", wish(FIRST));
    const reader = new Reader(await door.terminals.connect("ada", FIRST), {});
    reader.type("stty raw -echo; head -c 1000000 | cat; stty sane; echo done''-it\n");
    await reader.says("stty");
    await reader.quiet();
    const before = reader.bytes;
    for (let sent = 0; sent < 1_000_000; sent += 20_000) reader.type("x".repeat(20_000));
    await reader.says("done-it\r\n");
    expect(reader.bytes - before).toBeGreaterThanOrEqual(1_000_000);
  });

  it("ends with its shell and says how", async () => {
    await using door = await startDoor();
    await door.terminals.open("ada", wish(FIRST));
    const reader = new Reader(await door.terminals.connect("ada", FIRST), {});
    reader.type("echo bye; exit 3\n");
    await expect.poll(() => reader.last?.kind, { timeout: 10_000 }).toBe(MESSAGES.ended);
    expect(reader.text).toContain("bye\r\n");
    expect(JSON.parse(reader.last?.text ?? "")).toMatchObject({ reason: "exited", exitCode: 3 });
    await expect.poll(() => reader.isClosed).toBe(true);
    const ended = { reason: "exited", exitCode: 3 };
    expect(await door.terminals.list()).toEqual([{ id: FIRST, user: "ada", ended }]);
    expect(await codeOf(door.terminals.connect("ada", FIRST))).toBe("TERMINAL_NOT_FOUND");
  });

  it.each([
    ["detached", { detachedSeconds: 1 }],
    ["idle", { idleSeconds: 1 }],
  ])(
    "ends when it is %s for too long, also when its shell does not want to",
    async (reason, more) => {
      await using door = await startDoor();
      await door.terminals.open("ada", wish(FIRST, more));
      const reader = new Reader(await door.terminals.connect("ada", FIRST), {});
      reader.type("trap '' HUP; sleep 100\n");
      await reader.says("sleep");
      if (reason === "detached") await reader.leave();
      const state = async () => (await door.terminals.list())[0]?.ended;
      await expect.poll(state, { timeout: 15_000 }).toEqual({ reason, signal: 9 });
    },
  );

  it("is ended and forgotten when that is asked for, and told broken when it was killed", async () => {
    await using door = await startDoor();
    await door.terminals.open("ada", wish(FIRST));
    await door.terminals.open("ada", wish(idOf(2)));
    await door.terminals.end(FIRST);
    await door.terminals.end(idOf(77));
    processes.get(idOf(2))?.kill("SIGKILL");
    const ended = { reason: "killed" };
    await expect.poll(() => door.terminals.list()).toEqual([{ id: idOf(2), user: "ada", ended }]);
  });
});

describe("terminals", { timeout: 30_000 }, () => {
  it("are their user's, bound in number, and nobody's who is not there", async () => {
    await using door = await startDoor({ most: 3 });
    const open = (user: string, number: number) =>
      codeOf(door.terminals.open(user, wish(idOf(number), { mostOfUser: 2 })));
    const codes = await Promise.all([open("ada", 1), open("ada", 2), open("ada", 3)]);
    expect(codes.toSorted()).toEqual(["TERMINALS_TOO_MANY", "no error", "no error"]);
    expect([await open("ben", 4), await open("ben", 5)]).toEqual(["no error", "GATEWAY_BUSY"]);
    expect(await open("root", 6)).toBe("GATEWAY_USER_UNKNOWN");
    expect(await codeOf(door.terminals.connect("ada", idOf(4)))).toBe("TERMINAL_NOT_FOUND");
    expect(await codeOf(door.terminals.connect("ben", "../x"))).toBe("TERMINAL_NOT_FOUND");
    expect(await codeOf(door.terminals.open("ben", wish("../x")))).toBe("TERMINAL_NOT_FOUND");
  });

  it("outlive the gateway", async () => {
    const folder = folderOf();
    {
      await using door = await startDoor({ folder });
      await door.terminals.open("ada", wish(FIRST));
      const reader = new Reader(await door.terminals.connect("ada", FIRST), {});
      reader.type("WORD=kept\n");
      await reader.says("WORD=kept");
    }
    await using door = await startDoor({ folder });
    expect(await door.terminals.list()).toEqual([{ id: FIRST, user: "ada" }]);
    const reader = new Reader(await door.terminals.connect("ada", FIRST), {});
    reader.type("echo $WORD-$WORD\n");
    await reader.says("kept-kept");
  });

  it("say so when one does not start", async () => {
    await using door = await startDoor({ start: () => Promise.reject(new Error("no Python")) });
    expect(await codeOf(door.terminals.open("ada", wish(FIRST)))).toBe("TERMINAL_FAILED");
    expect(await door.terminals.list()).toEqual([]);
  });
});
