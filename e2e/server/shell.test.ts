import { once } from "node:events";
import {
  auditRoutes,
  shellRoutes,
  type TerminalDocument,
  type TerminalNotice,
  tokensRoutes,
  usersRoutes,
} from "@sluice/api";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { until } from "../harness.ts";
import {
  ask,
  clientOf,
  PASSWORD,
  type Person,
  serverPid,
  serverSite,
  signedIn,
  siteOfServer,
  startServerAgain,
  withPassword,
} from "./site.ts";

const cluster = "demo";
const { cluster: head } = siteOfServer();
const opened: { readonly person: Person; readonly id: string }[] = [];

async function open(person: Person = "ada"): Promise<TerminalDocument> {
  const terminal = await clientOf(person).call(shellRoutes.openTerminal, {
    params: { cluster },
    body: { columns: 90, rows: 33 },
  });
  opened.push({ person, id: terminal.id });
  return terminal as TerminalDocument;
}

const end = (person: Person, terminal: string) =>
  clientOf(person).call(shellRoutes.endTerminal, { params: { cluster, terminal } });

afterEach(async () => {
  for (const { person, id } of opened.splice(0)) await end(person, id);
});

interface Looks {
  readonly offset?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Does not say that it has seen anything. */
  readonly isBlind?: boolean;
}

function socketOf(id: string, { offset, headers = {} }: Looks = {}): WebSocket {
  const url = new URL(
    `/api/v1/clusters/${cluster}/shell/terminals/${id}/connection?columns=90&rows=33`,
    serverSite().url.replace("http", "ws"),
  );
  if (offset !== undefined) url.searchParams.set("offset", `${offset}`);
  return new WebSocket(url, { headers });
}

const bearer = (person: Person) => ({ authorization: `Bearer ${serverSite().tokens[person]}` });

/** The status with which a WebSocket is refused; 101 when it is not. */
async function statusOf(id: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const socket = socketOf(id, { headers });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  socket.once("open", () => resolve(101));
  socket.once("unexpected-response", (_request, { statusCode }) => resolve(statusCode ?? 0));
  socket.once("error", reject);
  try {
    return await promise;
  } finally {
    socket.on("error", () => {});
    socket.terminate();
  }
}

/** Somebody in front of a terminal. */
class Screen {
  readonly socket: WebSocket;
  text = "";
  bytes = 0;
  attached: Extract<TerminalNotice, { kind: "attached" }> | undefined;
  last: TerminalNotice | undefined;
  closed: number | undefined;

  constructor(id: string, looks: Looks & { readonly person?: Person } = {}) {
    this.socket = socketOf(id, { headers: bearer(looks.person ?? "ada"), ...looks });
    this.socket.on("error", () => {});
    this.socket.on("close", (code) => {
      this.closed = code;
    });
    this.socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) {
        this.text += data.toString("utf8");
        this.bytes += data.length;
        if (looks.isBlind !== true) this.seen();
        return;
      }
      const notice = JSON.parse(data.toString()) as TerminalNotice;
      if (notice.kind === "attached") this.attached = notice;
      else this.last = notice;
    });
  }

  get offset(): number {
    return (this.attached?.offset ?? 0) + this.bytes;
  }
  seen(): void {
    this.socket.send(JSON.stringify({ kind: "seen", offset: this.offset }));
  }
  type(text: string): void {
    this.socket.send(Buffer.from(text));
  }
  resize(columns: number, rows: number): void {
    this.socket.send(JSON.stringify({ kind: "resize", columns, rows }));
  }
  async ready(): Promise<this> {
    await until("the terminal to be there", async () => this.attached !== undefined, 20);
    return this;
  }
  async says(text: string | RegExp): Promise<void> {
    const look = async () =>
      typeof text === "string" ? this.text.includes(text) : text.test(this.text);
    await until(`the terminal to say ${text}; it says ${this.text}`, look, 20);
  }
  async closes(): Promise<number> {
    return until("the connection to end", async () => this.closed, 30);
  }
  leave(): void {
    this.socket.terminate();
  }
}

const describeTerminal = (person: Person, terminal: string) =>
  clientOf(person).call(shellRoutes.describeTerminal, { params: { cluster, terminal } });

test("is a login shell of one's own, of the size that the window has", async () => {
  const { id } = await open();
  const screen = await new Screen(id).ready();
  screen.type("whoami; tty; stty size; echo $0 $PWD; ulimit -c > /dev/null; id -u\n");
  await screen.says(/ada\r\n\/dev\/pts\/\d+\r\n33 90\r\n-bash \/home\/ada\r\n/);
  screen.resize(132, 50);
  screen.type("stty size; sbatch --version; printf 'gr\\303\\274n\\n'\n");
  await screen.says("50 132\r\n");
  await screen.says(/slurm-wlm 2\d\.\d+/);
  await screen.says("grün\r\n");
  screen.type("exit 3\n");
  expect(await screen.closes()).toBe(1000);
  expect(screen.last).toMatchObject({ kind: "ended", ended: { reason: "exited", exitCode: 3 } });
  const { items } = await clientOf("admin").call(auditRoutes.listAudit, {
    query: { target: `cluster ${cluster}, terminal ${id}` },
  });
  expect(items).toMatchObject([
    { action: "terminalEnded", user: "ada", detail: { reason: "exited", exitCode: 3 } },
    { action: "openTerminal", user: "ada", from: "127.0.0.1", detail: { unixUser: "ada" } },
  ]);
});

test("goes on through broken connections, a killed gateway and a killed server, nothing lost or twice", async () => {
  const { id } = await open();
  const first = await new Screen(id).ready();
  first.type("PS1=; stty -echo; echo begun-$((40 + 2))\n");
  await first.says("begun-42\r\n");
  const screens = [first];
  const count = (from: number, to: number) =>
    `for n in $(seq ${from} ${to}); do echo line $n; sleep 0.05; done\n`;
  const back = async (): Promise<Screen> => {
    const { offset } = screens.at(-1) as Screen;
    // Whoever comes too early is sent away, and comes again.
    const screen = await until(
      "the terminal to be reached again",
      async () => {
        const next = new Screen(id, { offset });
        await until("an answer", async () => next.attached ?? next.closed, 20);
        return next.attached === undefined ? undefined : next;
      },
      40,
    );
    expect(screen.attached).toMatchObject({ offset, missed: 0 });
    screens.push(screen);
    return screen;
  };

  /** On a busy machine the connection before may have had it already. */
  const said = (line: string): Promise<unknown> =>
    until(
      `a terminal to say ${line}`,
      async () => screens.some(({ text }) => text.includes(`${line}\r\n`)) || undefined,
      40,
    );

  first.type(count(1, 20));
  await first.says("line 3\r\n");
  first.leave();
  const second = await back();
  await said("line 20");

  second.type(count(21, 40));
  await second.says("line 22\r\n");
  await head.ok("root", "systemctl kill -s KILL --kill-who=main sluice-gateway");
  expect(await second.closes()).toBe(1013);
  const third = await back();
  await said("line 40");

  third.type(count(41, 80));
  await third.says("line 42\r\n");
  process.kill(await serverPid(), "SIGKILL");
  expect(await third.closes()).toBe(1006);
  await startServerAgain();
  const fourth = await back();
  await said("line 80");

  const lines = screens.flatMap(({ text }) => text).join("");
  const all = [...lines.matchAll(/line (\d+)\r\n/g)].map(([, number]) => Number(number));
  expect(all).toEqual(Array.from({ length: 80 }, (_, index) => index + 1));
  const fifth = await new Screen(id).ready();
  expect(await fourth.closes()).toBe(4001);
  expect(fourth.last).toEqual({ kind: "taken" });
  fifth.type("echo still-$((40 + 3))\n");
  await fifth.says("still-43\r\n");
}, 180_000);

test("is nobody's but its owner's", async () => {
  const { id } = await open();
  for (const person of ["ben", "admin", "olga"] as const) {
    await expect(describeTerminal(person, id)).rejects.toMatchObject({
      code: "TERMINAL_NOT_FOUND",
    });
    await expect(end(person, id)).rejects.toMatchObject({ code: "TERMINAL_NOT_FOUND" });
    expect(await statusOf(id, bearer(person))).toBe(404);
    const { terminals } = await clientOf(person).call(shellRoutes.listTerminals, {
      params: { cluster },
    });
    expect(terminals.map((one) => one.id)).not.toContain(id);
  }
  const { terminals } = await clientOf("ada").call(shellRoutes.listTerminals, {
    params: { cluster },
  });
  expect(terminals.filter(({ ended }) => ended === undefined)).toMatchObject([{ id }]);
});

describe("who may not", () => {
  test("is refused by role, scope, and as nobody", async () => {
    const { id } = await open();
    await expect(open("rita")).rejects.toMatchObject({ code: "NOT_ALLOWED" });
    await expect(open("admin")).rejects.toMatchObject({ code: "UNIX_USER_MISSING" });
    expect(await statusOf(id, bearer("rita"))).toBe(403);
    expect(await statusOf(id, {})).toBe(401);
    const token = await clientOf("ada").call(tokensRoutes.createToken, {
      body: { name: "narrow", expiresInDays: 1, scopes: ["files:read"] },
    });
    expect(await statusOf(id, { authorization: `Bearer ${token.token}` })).toBe(403);
    await clientOf("ada").call(tokensRoutes.revokeToken, { params: { token: token.id } });
    const path = `/api/v1/clusters/${cluster}/shell/terminals/${id}/connection`;
    expect((await ask(path, "ada")).status).toBe(426);
  });

  test("is another site's page with a person's cookie", async () => {
    const { id } = await open();
    const { url } = serverSite();
    const answer = await fetch(`${url}/api/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: url },
      body: JSON.stringify({ name: "ada", password: PASSWORD }),
    });
    const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    expect(await statusOf(id, { cookie, origin: "https://evil.example" })).toBe(403);
    expect(await statusOf(id, { cookie, origin: `${url}0` })).toBe(403);
    expect(await statusOf(id, { cookie })).toBe(403);
    expect(await statusOf(id, { ...bearer("ada"), origin: "https://evil.example" })).toBe(403);
    expect(await statusOf(id, { cookie, origin: url })).toBe(101);
  });

  test("is whoever lost access, at once and with everything that runs there", async () => {
    const { url } = serverSite();
    const { link } = await clientOf("admin").call(usersRoutes.createUser, {
      body: { name: "tess", grants: [{ role: "user" }], unixUser: "ben" },
    });
    await withPassword(url, link.url);
    const token = await signedIn(url, "tess");
    const headers = { authorization: `Bearer ${token}` };
    const answer = await ask(`/api/v1/clusters/${cluster}/shell/terminals`, undefined, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: "{}",
    });
    const { id } = (await answer.json()) as TerminalDocument;
    const screen = await new Screen(id, { headers }).ready();
    screen.type("nohup setsid sleep 98765 > /dev/null 2>&1 & echo started-$((1 + 1))\n");
    await screen.says("started-2");
    expect(await head.ok("root", "pgrep -u ben -f 'sleep 98765'")).not.toBe("");
    await clientOf("admin").call(usersRoutes.deleteUser, { params: { user: "tess" } });
    await screen.closes();
    await until(
      "nothing of it to run",
      async () => (await head.onHead("root", "pgrep -u ben -f 'sleep 98765'")).code === 1,
      20,
    );
    const { items } = await until(
      "the end to be written down",
      async () => {
        const query = { target: `cluster ${cluster}, terminal ${id}`, action: "terminalEnded" };
        const page = await clientOf("admin").call(auditRoutes.listAudit, { query });
        return page.items.length > 0 && page;
      },
      20,
    );
    expect(items).toMatchObject([{ user: "tess", detail: { reason: "access-lost" } }]);
  });
});

test("a loop that writes for ever waits for whoever looks at it, and is broken off by a key", async () => {
  const { id } = await open();
  const screen = await new Screen(id, { isBlind: true }).ready();
  screen.type("yes\n");
  await until("output", async () => screen.bytes >= 256 << 10, 20);
  const screens = [screen.bytes];
  for (let round = 0; round < 3; round += 1) {
    await describeTerminal("ada", id);
    screens.push(screen.bytes);
  }
  expect(new Set(screens)).toEqual(new Set([256 << 10]));
  screen.type("\x03echo over-$((40 + 2))\n");
  const seeing = setInterval(() => screen.seen(), 20);
  try {
    await screen.says("over-42");
  } finally {
    clearInterval(seeing);
  }
});

test("one that is killed says so, and its end is told once", async () => {
  const { id } = await open();
  const screen = await new Screen(id).ready();
  await head.ok("root", `systemctl kill -s KILL sluice-terminal-${id}`);
  expect(await screen.closes()).toBe(1013);
  await until(
    "the end to be known",
    async () => (await describeTerminal("ada", id)).ended?.reason === "lost",
    20,
  );
  expect(await statusOf(id, bearer("ada"))).toBe(409);
});

test("ends when it is asked to, and there are as many as there may be", async () => {
  const terminals = [];
  for (let number = 0; number < 8; number += 1) terminals.push(await open("ben"));
  await expect(open("ben")).rejects.toMatchObject({ code: "TERMINALS_TOO_MANY" });
  const [one] = terminals;
  if (one === undefined) throw new Error("there are eight");
  const screen = await new Screen(one.id, { person: "ben" }).ready();
  await end("ben", one.id);
  await screen.closes();
  expect((await describeTerminal("ben", one.id)).ended).toMatchObject({ reason: "ended" });
  await open("ben");
});

test("nonsense over a connection ends the connection only", async () => {
  const { id } = await open();
  for (const message of ["{", "{}", '{"kind":"resize","columns":1e9,"rows":1}', "null"]) {
    const screen = await new Screen(id).ready();
    screen.socket.send(message);
    expect(await screen.closes()).toBe(1008);
  }
  const screen = await new Screen(id).ready();
  screen.socket.send(Buffer.alloc(300 << 10));
  expect(await screen.closes()).toBe(1009);
  const again = await new Screen(id).ready();
  again.type("echo fine-$((40 + 2))\n");
  await again.says("fine-42");
  again.socket.close();
  await once(again.socket, "close");
});
