import type { TerminalDocument } from "@sluice/api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLink, type Link, type LinkState } from "./link.ts";

/** What a browser's WebSocket does, as far as a link knows it; the test is the server. */
class Socket {
  static readonly OPEN = 1;
  readyState = 0;
  binaryType = "blob";
  readonly sent: (string | Uint8Array)[] = [];
  onmessage: ((event: { data: unknown }) => void) | undefined;
  onclose: ((event: { code: number }) => void) | undefined;
  readonly offset: number | undefined;

  constructor(offset: number | undefined) {
    this.offset = offset;
  }
  send(data: string | Uint8Array): void {
    this.sent.push(data);
  }
  close(code = 1000): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code });
  }
  attached(offset: number, end = offset, missed = 0): void {
    this.readyState = 1;
    this.tell({ kind: "attached", offset, end, missed });
  }
  tell(notice: object): void {
    this.onmessage?.({ data: JSON.stringify(notice) });
  }
  gives(text: string): void {
    this.onmessage?.({ data: new TextEncoder().encode(text).buffer });
  }
  get told(): readonly unknown[] {
    return this.sent.flatMap((one) =>
      typeof one === "string" ? [JSON.parse(one) as unknown] : [],
    );
  }
  get typed(): string {
    const parts = this.sent.filter((one) => typeof one !== "string");
    return parts.map((one) => new TextDecoder().decode(one as Uint8Array)).join("");
  }
}

const SIZE = { columns: 80, rows: 24 };
const LIVES: TerminalDocument = {
  ...{ id: "1", cluster: "demo", unixUser: "ada", openedAt: "2026-01-01T00:00:00Z", from: "::1" },
};
const ENDED = { at: "2026-01-01T00:01:00Z", reason: "exited", exitCode: 2 } as const;

let sockets: Socket[] = [];
let states: LinkState[] = [];
let waits: number[] = [];
let missed: number[] = [];
let shown = "";
/** Of output that the screen has not drawn yet. */
let drawing: (() => void)[] = [];
let isSlow = false;
let look: () => Promise<TerminalDocument> = async () => LIVES;
let link: Link;
const browserSocket = globalThis.WebSocket;

beforeEach(() => {
  Object.assign(globalThis, { WebSocket: Socket });
  [sockets, states, waits, missed, shown, drawing, isSlow] = [[], [], [], [], "", [], false];
  look = async () => LIVES;
  link = createLink({
    connect: (_size, offset) => {
      const socket = new Socket(offset);
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    look: () => look(),
    isPassing: (error) => error === "away",
    write: (bytes, done) => {
      shown += new TextDecoder().decode(bytes);
      if (isSlow) drawing.push(done);
      else done();
    },
    onMissed: (bytes) => missed.push(bytes),
    onState: (state) => states.push(state),
    sleep: async (milliseconds) => void waits.push(milliseconds),
  });
  link.open(SIZE);
});
afterEach(() => {
  link.close();
  Object.assign(globalThis, { WebSocket: browserSocket });
});

const last = (): Socket => sockets.at(-1) as Socket;
const state = () => states.at(-1);
const next = (count: number) => expect.poll(() => sockets.length).toBe(count);

test("shows what comes, and tells how far it is shown, not how far it came", () => {
  isSlow = true;
  last().attached(0);
  last().gives("hello ");
  last().gives("there");
  expect([shown, last().told]).toEqual(["hello there", []]);
  for (const done of drawing) done();
  expect(last().told).toEqual([{ kind: "seen", offset: 11 }]);
});

test("comes back to where it was when a connection breaks, and misses nothing", async () => {
  last().attached(0);
  last().gives("one ");
  last().close(1006);
  expect(state()).toEqual({ is: "waiting" });
  await next(2);
  expect(last().offset).toBe(4);
  last().attached(4);
  last().gives("two");
  expect([shown, state(), missed]).toEqual(["one two", { is: "open" }, []]);
  last().close(1006);
  await next(3);
  last().attached(1000, 1000, 993);
  expect(missed).toEqual([993]);
});

test("tries again and again while the server is away, each time later", async () => {
  let asked = 0;
  look = () => {
    asked += 1;
    return asked < 7 ? Promise.reject("away") : Promise.resolve(LIVES);
  };
  last().close(1006);
  await next(2);
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  expect(states.filter(({ is }) => is === "refused")).toEqual([]);
});

test("says why there is nothing to come back to", async () => {
  look = async () => ({ ...LIVES, ended: ENDED });
  last().attached(0);
  last().close(1013);
  await expect.poll(state).toEqual({ is: "over", ended: ENDED });
  look = () => Promise.reject("not yours");
  link.open(SIZE);
  last().close(1006);
  await expect.poll(state).toEqual({ is: "refused", error: "not yours" });
  expect(sockets).toHaveLength(2);
});

test("does not come back to what has ended, or what another window took, before it is asked to", async () => {
  last().attached(0);
  last().gives("x");
  last().tell({ kind: "taken" });
  expect(state()).toEqual({ is: "taken" });
  link.open(SIZE);
  expect(last().offset).toBe(1);
  last().attached(1);
  last().tell({ kind: "ended", ended: ENDED });
  expect(state()).toEqual({ is: "over", ended: ENDED });
  await Promise.resolve();
  expect([sockets.length, waits]).toEqual([2, []]);
});

test("types what is typed, in pieces, but not what a screen answers to what it is shown again", () => {
  isSlow = true;
  expect(link.type("too early")).toBe("away");
  last().attached(0, 5);
  last().gives("before");
  expect(link.type("an answer")).toBe("sent");
  expect(last().typed).toBe("");
  for (const done of drawing) done();
  expect(link.type("é".repeat(50_000))).toBe("sent");
  expect(last().typed).toBe("é".repeat(50_000));
  expect(link.type("x".repeat(3 << 20))).toBe("too-much");
  link.resize({ columns: 100, rows: 30 });
  expect(last().told.at(-1)).toEqual({ kind: "resize", columns: 100, rows: 30 });
});

test("is over when it is closed", async () => {
  last().attached(0);
  link.close();
  expect(last().readyState).toBe(3);
  await Promise.resolve();
  expect([sockets.length, state()]).toEqual([1, { is: "open" }]);
});
