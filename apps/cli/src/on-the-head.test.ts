import type { ExecRequest } from "@sluice/cloud";
import type { Explanation } from "@sluice/model";
import { describe, expect, it } from "vitest";
import { type Sluice, sluiceWithDemo } from "./testing/sluice.ts";

async function setUp(options: { user?: string; sudoUser?: string; terminal?: boolean } = {}) {
  const run = await sluiceWithDemo(options);
  const ran: ExecRequest[] = [];
  run.cloud.onAttach = (_cluster, request) => {
    ran.push(request);
    return 7;
  };
  run.host.user = options.user ?? "ada";
  run.host.env.SUDO_USER = options.sudoUser;
  return { run, ran };
}

const runs = (run: Sluice, ...words: string[]) => run("run", "-n", "demo", ...words);

describe("run", () => {
  it("passes the words as they are and the exit code back", async () => {
    const { run, ran } = await setUp();
    expect((await runs(run, "--", "sbatch", "--output", "x", "-n", "4", "a b")).code).toBe(7);
    expect((await runs(run, "squeue", "--query", "-n", "x")).code).toBe(7);
    expect(ran).toMatchObject([
      { argv: ["sbatch", "--output", "x", "-n", "4", "a b"], user: "ada" },
      { argv: ["squeue", "--query", "-n", "x"], user: "ada" },
    ]);
  });

  it.each([
    ["the user asked for", { user: "root", sudoUser: "ada" }, ["-u", "grace"], "grace"],
    ["who called sudo", { user: "root", sudoUser: "grace" }, [], "grace"],
    [
      "root, when the cluster does not know who called sudo",
      { user: "root", sudoUser: "eve" },
      [],
      "root",
    ],
    ["the caller", { user: "grace", sudoUser: "ada" }, [], "grace"],
  ])("runs as %s", async (_who, who, words, expected) => {
    const { run, ran } = await setUp(who);
    await runs(run, ...words, "--", "id");
    expect(ran).toMatchObject([{ user: expected }]);
  });

  it.each(["sbatch", "srun", "/usr/bin/salloc"])(
    "does not %s as root by accident",
    async (what) => {
      const { run, ran } = await setUp({ user: "root" });
      const outcome = await runs(run, "--", what, "job.sh");
      expect(outcome.code).toBe(2);
      expect(outcome.error()).toMatchObject({
        code: "ROOT_SUBMISSION",
        hint: "name a user of the cluster with --user: one of ada, grace",
      });
      expect(ran).toEqual([]);
      await runs(run, "--user", "root", "--", what, "job.sh");
      expect(ran).toHaveLength(1);
    },
  );

  it("leaves Ctrl-C to the command that runs", async () => {
    const { run } = await setUp();
    run.cloud.onAttach = () => {
      run.host.interrupt();
      run.host.interrupt();
      return 130;
    };
    expect((await runs(run, "--", "sleep", "60")).code).toBe(130);
    expect(run.host.exits).toEqual([]);
    run.cloud.onAttach = () => {
      run.host.interrupt("SIGTERM");
      return 0;
    };
    await runs(run, "--", "sleep", "60");
    expect(run.host.exits).toEqual([143]);
  });

  it("says when the user is not there (4) or the cluster is off (5)", async () => {
    const { run } = await setUp({ user: "eve" });
    expect((await runs(run, "--", "id")).code).toBe(4);
    await run("stop-cluster", "-n", "demo");
    expect((await runs(run, "-u", "ada", "--", "id")).code).toBe(5);
    expect((await runs(run)).code).toBe(2);
  });
});

describe("ssh", () => {
  it("opens a login shell, or has it read a line", async () => {
    const { run, ran } = await setUp();
    run.host.env.TERM = "xterm";
    expect((await run("ssh", "-n", "demo")).code).toBe(7);
    await run("ssh", "-n", "demo", "-u", "root", "--", "systemctl", "--failed", "| wc -l");
    expect(ran).toEqual([
      { argv: ["/bin/bash", "--login"], user: "ada", env: { TERM: "xterm" } },
      {
        argv: ["/bin/bash", "--login", "-c", "systemctl --failed | wc -l"],
        user: "root",
        env: { TERM: "xterm" },
      },
    ]);
  });
});

describe("logs and events", () => {
  it("prints the log as it is, or line by line as JSON", async () => {
    const { run } = await setUp();
    const text = await run("logs", "-n", "demo", "slurmctld", "--output", "text");
    expect(text.out).toBe("slurmctld: started\nslurmctld: running\n");
    const messages = await run("logs", "-n", "demo", "--query", "events[].message");
    expect(messages.json()).toEqual(["slurmctld: started", "slurmctld: running"]);
    expect((await run("logs", "-n", "demo", "--lines", "many")).code).toBe(2);
    expect((await run("logs", "-n", "demo", "nowhere")).code).toBe(4);
  });

  it("shows what happened, and what it could not ask", async () => {
    const { run } = await setUp();
    expect((await run("events", "-n", "demo", "--output", "text")).out).toMatch(/network +started/);
    run.cloud.headAnswers = false;
    expect((await run("events", "-n", "demo")).json()).toHaveProperty("incomplete");
  });
});

describe("top", () => {
  it("prints one snapshot as JSON when piped", async () => {
    const { run } = await setUp();
    expect((await run("top", "-n", "demo")).json()).toMatchObject({ nodes: [], jobs: [] });
  });

  it.each(["q", "\x03"])(
    "draws until %j is pressed, and leaves the terminal as it was",
    async (key) => {
      const { run } = await setUp({ terminal: true });
      let frames = 0;
      run.host.clock.beforeSleep = () => {
        frames += 1;
        if (frames === 2) run.cloud.headAnswers = false;
        if (frames === 3) run.host.press(key);
      };
      const { code, out } = await run("top", "-n", "demo");
      expect(code).toBe(0);
      expect(out.startsWith("\x1b[?1049h")).toBe(true);
      expect(out.endsWith("\x1b[?1049l")).toBe(true);
      expect(out).toContain("fleet");
      expect(out).toContain("does not answer");
    },
  );

  it("does not take the screen for a cluster that is not there", async () => {
    const { run } = await setUp({ terminal: true });
    expect(await run("top", "-n", "none")).toMatchObject({ code: 4, out: "" });
  });
});

describe("events --follow", () => {
  const NEWS = [
    { time: "2026-01-05T09:00:00Z", kind: "launched", node: "n1", job: "7", message: "one" },
    { time: "2026-01-05T09:00:01Z", kind: "registered", node: "n1", message: "two" },
  ];

  it("prints one event a line as it happens, until Ctrl-C", async () => {
    const { run } = await setUp();
    const head = run.cloud.head("demo");
    head.events = NEWS.slice(0, 1);
    let looks = 0;
    run.host.clock.beforeSleep = () => {
      looks += 1;
      if (looks === 2) head.events = NEWS;
      if (looks === 4) run.host.interrupt();
    };
    const { code, out } = await run("events", "-n", "demo", "--follow", "--node", "n1");
    expect(code).toBe(0);
    const lines = out.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(["one", "two"]);
    expect(run.host.exits).toEqual([]);
  });

  it("finds the events of a task of an array, which have Slurm's number", async () => {
    const { run } = await setUp();
    const head = run.cloud.head("demo");
    head.explanations.set("12_3", EXPLANATION);
    head.events = [...NEWS, { time: "2026-01-05T09:00:02Z", kind: "x", job: "15", message: "it" }];
    const words = ["--job", "12_3", "--query", "events[].message"];
    expect((await run("events", "-n", "demo", ...words)).json()).toEqual(["it"]);
    expect((await run("events", "-n", "demo", "--job", "12_4")).code).toBe(4);
  });

  it("takes a time back from now, or a date, and nothing else", async () => {
    const { run } = await setUp();
    run.cloud.head("demo").events = NEWS;
    const messages = async (since: string) => {
      const query = "events[?source=='fleet'].message";
      return (await run("events", "-n", "demo", "--since", since, "--query", query)).json();
    };
    expect(await messages("2026-01-05T09:00:01")).toEqual(["two"]);
    expect(await messages("2026-01-05")).toEqual(["one", "two"]);
    expect(await messages("5h")).toEqual(["one", "two"]);
    expect((await run("events", "-n", "demo", "--since", "soon")).code).toBe(2);
  });
});

const EXPLANATION: Explanation = {
  subject: { kind: "job", name: "12_3", jobId: 15 },
  time: "2026-01-05T09:00:00.000Z",
  stale: null,
  state: "job 12_3 waits in the queue of main",
  why: ["Slurm says Resources: it is next"],
  tried: [
    {
      time: "2026-01-05T08:59:00.000Z",
      node: "n1",
      offering: "small/z1/spot",
      answer: "none left",
    },
  ],
  left: [
    {
      queue: "main",
      computeResource: "small",
      instanceType: "large",
      zone: "z1",
      market: "on-demand",
      usdPerHour: 0.5,
    },
  ],
  next: [
    { time: "2026-01-05T09:00:20.000Z", what: "small/z1/spot may be asked for again" },
    { time: null, what: "Slurm considers it" },
  ],
};

describe("explain", () => {
  it("shows the head's explanation as JSON and as text", async () => {
    const { run } = await setUp();
    run.cloud.head("demo").explanations.set("12_3", EXPLANATION);
    const explain = (...words: string[]) => run("explain", "-n", "demo", ...words);
    expect((await explain("--job", "12_3")).json()).toEqual(EXPLANATION);
    const { out } = await explain("--job", "12_3", "--output", "text");
    expect(out).toBe(`job 12_3 waits in the queue of main

why
  Slurm says Resources: it is next

ASKED AT (UTC)       NODE  OFFERING       ANSWER
2026-01-05 08:59:00  n1    small/z1/spot  none left

left to try
  large/z1/on-demand in main/small, 0.5 USD an hour

next
  2026-01-05 09:00:20  small/z1/spot may be asked for again
  Slurm considers it
`);
  });

  it("says when there is no such job or node (4), and wants exactly one of them", async () => {
    const { run } = await setUp();
    const explain = (...words: string[]) => run("explain", "-n", "demo", ...words);
    const job = await explain("--job", "99");
    expect([job.code, job.error().code]).toEqual([4, "JOB_NOT_FOUND"]);
    const node = await explain("--node", "n9");
    expect([node.code, node.error().code]).toEqual([4, "NODE_NOT_FOUND"]);
    expect((await explain()).code).toBe(2);
    expect((await explain("--job", "1", "--node", "n1")).code).toBe(2);
  });
});

describe("describe-compute-fleet", () => {
  it("shows what is protected, with the last that the machine said", async () => {
    const { run } = await setUp();
    run.cloud.head("demo").protected = [
      {
        queue: "main",
        computeResource: "small",
        failures: 10,
        since: "2026-01-05T09:00:00.000Z",
        nextProbe: "2026-01-05T09:10:00.000Z",
        reason: "machine did not register within 30 s",
        node: "main-dy-small-1",
        machineId: "i-1",
        console: ["kernel: \u001b[31mpanic", "rebooting"],
      },
    ];
    const { out } = await run("describe-compute-fleet", "-n", "demo", "--output", "text");
    expect(out).toContain("PROTECTED     main/small\n");
    expect(out).toContain("main-dy-small-1, i-1");
    expect(out).toContain("its last console lines:\n  kernel: panic\n  rebooting\n");
    expect(out).toContain("0 USD an hour");
  });
});
