import type { ExecRequest } from "@sluice/cloud";
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
