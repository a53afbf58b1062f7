import type { HeadShell } from "@sluice/cloud";
import { describe, expect, it } from "vitest";
import { clusterEvents, followClusterEvents } from "./cluster-events.ts";
import { describeClusterInstances } from "./cluster-instances.ts";
import { clusterLogs, followClusterLogs, linesAfter } from "./cluster-logs.ts";
import { describeCluster, listClusters } from "./describe-cluster.ts";
import { clusterUsers, runOnHead } from "./run-on-head.ts";
import { stopCluster } from "./stop-start.ts";
import { createdCluster } from "./testing/index.ts";
import { watchCluster } from "./watch-cluster.ts";

describe("describing", () => {
  it("shows the head, and a head that does not answer as UNKNOWN", async () => {
    const cluster = await createdCluster();
    expect(await describeCluster(cluster)).toMatchObject({
      clusterName: "demo",
      headNode: { instanceId: "i-head", privateIpAddress: "10.0.0.2", state: "running" },
      computeFleetStatus: "STARTING",
    });
    cluster.cloud.headAnswers = false;
    expect((await describeCluster(cluster)).computeFleetStatus).toBe("UNKNOWN");
    expect(await listClusters(cluster)).toHaveLength(1);
  });

  it("lists machines, the head first and nodes by number, by kind and queue", async () => {
    const cluster = await createdCluster();
    for (const index of [10, 9]) cluster.cloud.addMachine("demo", `main-dy-small-${index}`, "main");
    cluster.cloud.addMachine("demo", "gpu-dy-small-1", "gpu");
    const nodes = async (filter: object) =>
      (await describeClusterInstances({ ...cluster, ...filter })).map(({ nodeName }) => nodeName);
    expect(await nodes({})).toEqual([
      "head",
      "gpu-dy-small-1",
      "main-dy-small-9",
      "main-dy-small-10",
    ]);
    cluster.cloud.addMachine("demo", "main-dy-small-8", "main", "gone");
    expect(await nodes({ nodeType: "HeadNode" })).toEqual(["head"]);
    expect(await nodes({ queueName: "main" })).toEqual(["main-dy-small-9", "main-dy-small-10"]);
  });
});

describe("machines that their cloud has no node names for", () => {
  it("have those that the head knows", async () => {
    const cluster = await createdCluster();
    cluster.cloud.knowsNodes = false;
    cluster.cloud.addMachine("demo", "main-dy-small-1", "main");
    const node = { name: "main-dy-small-1", queue: "main", computeResource: "small" };
    const machineId = "i-main-dy-small-1";
    cluster.head.nodes = [{ ...node, machineId, state: "IDLE", reason: null, address: null }];
    const names = async () =>
      (await describeClusterInstances(cluster)).map(({ nodeName }) => nodeName);
    expect(await names()).toEqual(["head", "main-dy-small-1"]);
    cluster.cloud.headAnswers = false;
    expect(await names()).toEqual(["head", machineId]);
  });
});

describe("clusterEvents", () => {
  it("merges what the cloud and the node manager saw", async () => {
    const cluster = await createdCluster();
    cluster.head.events = [{ time: "2026-01-05T09:00:00Z", kind: "launch", message: "asked" }];
    const { events } = await clusterEvents(cluster);
    expect(events.at(0)).toMatchObject({ source: "cluster", kind: "network", status: "started" });
    expect(events.at(-1)).toMatchObject({ source: "fleet", kind: "launch" });
  });

  it("has the cloud's part of a stopped cluster", async () => {
    const cluster = await createdCluster();
    await stopCluster(cluster);
    expect((await clusterEvents(cluster)).incomplete).toContain("STOPPED");
  });
});

describe("clusterLogs", () => {
  it("reads the journal, the console of a node, or the head's console when it is off", async () => {
    const cluster = await createdCluster();
    cluster.cloud.addMachine("demo", "main-dy-small-1", "main");
    const log = (which: string) => clusterLogs({ ...cluster, which, lines: 10 });
    expect(await log("slurmctld")).toContain("slurmctld: running");
    expect(await log("main-dy-small-1")).toContain("i-main-dy-small-1 login:");
    await expect(log("nothing")).rejects.toMatchObject({ code: "LOG_SOURCE_NOT_FOUND" });
    cluster.cloud.headAnswers = false;
    expect(await log("head")).toContain("i-head login:");
    await expect(log("slurmctld")).rejects.toMatchObject({ code: "HEAD_UNREACHABLE" });
  });

  it("has the last words of a node's machine that is gone, unless there is another", async () => {
    const cluster = await createdCluster();
    const log = () => clusterLogs({ ...cluster, which: "main-dy-small-1", lines: 10 });
    cluster.cloud.addMachine("demo", "main-dy-small-1", "main", "gone");
    expect(await log()).toContain("i-main-dy-small-1-gone login:");
    cluster.cloud.addMachine("demo", "main-dy-small-1", "main");
    expect(await log()).toContain("i-main-dy-small-1 login:");
  });

  it("follows a console, each line once, until it is told to stop", async () => {
    const cluster = await createdCluster();
    const { cloud, clock } = cluster;
    cloud.addMachine("demo", "n1", "main");
    const abort = new AbortController();
    const rounds = [
      ["booting", "login:", "ready"],
      ["login:", "ready", "done"],
    ];
    clock.beforeSleep = () => {
      const next = rounds.shift();
      if (next === undefined) abort.abort();
      else cloud.console = next;
    };
    let text = "";
    const write = (chunk: string) => {
      text += chunk;
    };
    await followClusterLogs({ ...cluster, which: "n1", lines: 1, signal: abort.signal, write });
    expect(text).toBe("i-n1 login:\ni-n1 ready\ni-n1 done\n");
  });

  it("follows a journal by looks, where commands show nothing before they end", async () => {
    const { clock, cloud, name } = await createdCluster();
    const abort = new AbortController();
    const answers = ["one\n-- cursor: s=1\n", "", "two\nthree\n-- cursor: s=3\n"];
    const since: string[] = [];
    const exec: HeadShell["exec"] = async (_name, { argv }) => {
      since.push(argv.find((word) => /^--(lines=|after-cursor=).*[^l]$/.test(word)) ?? "");
      const stdout = answers.shift();
      if (stdout === undefined) abort.abort();
      return { exitCode: 0, stdout: stdout ?? "", stderr: "" };
    };
    const shell: HeadShell = { exec, attach: async () => 1, isOneShot: true };
    let text = "";
    const code = await followClusterLogs({
      cloud: Object.assign(Object.create(cloud) as typeof cloud, { shell }),
      name,
      which: "slurmctld",
      lines: 5,
      clock,
      signal: abort.signal,
      write: (chunk) => {
        text += chunk;
      },
    });
    expect(code).toBe(0);
    expect(text).toBe("one\ntwo\nthree\n");
    expect(since).toEqual([
      "--lines=5",
      "--after-cursor=s=1",
      "--after-cursor=s=1",
      "--after-cursor=s=3",
    ]);
  });

  it("finds what is new in a window that moved", () => {
    expect(linesAfter(["a", "b"], ["a", "b"])).toEqual([]);
    expect(linesAfter(["a", "b"], ["b", "c"])).toEqual(["c"]);
    expect(linesAfter(["a", "b"], ["x", "y"])).toEqual(["x", "y"]);
    expect(linesAfter(["a", "a"], ["a", "a", "a"])).toEqual(["a"]);
  });
});

describe("running on the head", () => {
  it("passes the command on and its exit code back", async () => {
    const cluster = await createdCluster();
    cluster.cloud.onAttach = (_name, { argv, user }) => (user === "ada" ? argv.length : 99);
    expect(await runOnHead({ ...cluster, argv: ["squeue", "-a"], user: "ada" })).toBe(2);
    expect(await clusterUsers(cluster)).toEqual(["ada", "grace"]);
  });

  it("names the users there are when there is none of that name", async () => {
    const cluster = await createdCluster();
    await expect(runOnHead({ ...cluster, argv: ["id"], user: "eve" })).rejects.toMatchObject({
      code: "USER_NOT_FOUND",
      hint: "name one with --user: ada, grace, root",
    });
  });

  it("takes the only user of the file for a name that nobody gave, and no other's", async () => {
    const cluster = await createdCluster();
    const ran: string[] = [];
    cluster.cloud.onAttach = (_name, { user }) => ran.push(user);
    const guess = { ...cluster, argv: ["id"], user: "eve", isGuessed: true };
    await expect(runOnHead(guess)).rejects.toMatchObject({ code: "USER_NOT_FOUND" });
    const record = await cluster.cloud.infrastructure.describe(cluster.name);
    if (record === undefined) throw new Error("no cluster");
    const configText = `${record.configText}Users: [{Name: ada, Uid: 2001}]\n`;
    cluster.cloud.infrastructure.describe = async () => ({ ...record, configText });
    await runOnHead({ ...guess, user: "grace" });
    await runOnHead(guess);
    await expect(runOnHead({ ...guess, isGuessed: false })).rejects.toThrow("no user eve");
    expect(ran).toEqual(["grace", "ada"]);
  });
});

describe("watchCluster", () => {
  it("goes on while the head is away, and ends with its signal", async () => {
    const cluster = await createdCluster();
    const abort = new AbortController();
    const seen: boolean[] = [];
    for await (const watched of watchCluster({ ...cluster, signal: abort.signal })) {
      seen.push(watched.ok);
      cluster.cloud.headAnswers = seen.length !== 1;
      if (seen.length === 3) abort.abort();
    }
    expect(seen).toEqual([true, false, true]);
  });
});

describe("following events", () => {
  const NEWS = [
    { time: "2026-01-05T09:00:00Z", kind: "launched", node: "n1", job: "7", message: "one" },
    { time: "2026-01-05T09:00:01Z", kind: "launched", node: "n2", job: "8", message: "two" },
    { time: "2026-01-05T09:00:02Z", kind: "registered", node: "n1", message: "three" },
  ];

  it("gives each event once, across a head that goes away and comes back", async () => {
    const cluster = await createdCluster();
    cluster.head.events = NEWS.slice(0, 1);
    const abort = new AbortController();
    const moments = [
      () => {
        cluster.cloud.headAnswers = false;
      },
      () => {
        cluster.head.events = NEWS;
      },
      () => {
        cluster.cloud.headAnswers = true;
      },
      () => {},
      () => abort.abort(),
    ];
    cluster.clock.beforeSleep = () => moments.shift()?.();
    const seen: string[] = [];
    for await (const event of followClusterEvents({ ...cluster, signal: abort.signal })) {
      if (event.source === "fleet") seen.push(event.message);
    }
    expect(seen).toEqual(["one", "two", "three"]);
    expect(moments).toEqual([]);
  });

  it("shows the cluster's own steps too, and ends with the cluster", async () => {
    const cluster = await createdCluster();
    const { signal } = new AbortController();
    const options = { signal, onProgress: () => {} };
    let looks = 0;
    cluster.clock.beforeSleep = () => {
      looks += 1;
      const { infrastructure } = cluster.cloud;
      if (looks === 3) void infrastructure.stopHead("demo", options);
      if (looks === 40)
        void infrastructure.destroy("demo", { ...options, retainAccounting: false });
    };
    const kinds: string[] = [];
    for await (const event of followClusterEvents({ ...cluster, signal })) kinds.push(event.kind);
    const heads = kinds.filter((kind) => kind === "head");
    expect(heads).toHaveLength(3);
    expect(looks).toBeGreaterThanOrEqual(40);
  });

  it.each([
    [{ node: "n1" }, ["one", "three"]],
    [{ job: "8" }, ["two"]],
    [{ since: new Date("2026-01-05T09:00:01Z") }, ["two", "three"]],
    [{ node: "n1", job: "7" }, ["one"]],
  ])("leaves out what %j does not ask for", async (filter, messages) => {
    const cluster = await createdCluster();
    cluster.head.events = NEWS;
    const { events } = await clusterEvents({ ...cluster, ...filter });
    expect(events.map(({ message }) => message)).toEqual(messages);
  });
});
