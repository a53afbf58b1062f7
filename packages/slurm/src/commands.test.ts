import { SluiceError } from "@sluice/model";
import { describe, expect, test } from "vitest";
import { isUnreachable } from "./answers.ts";
import { createSlurmCommands } from "./commands.ts";
import type { RunResult } from "./exec-runner.ts";

/** Printed by scontrol 24.11.5 on a cluster of cloud nodes. */
const IDLE =
  "NodeName=cpu-dy-a-1 CoresPerSocket=1  CPUAlloc=0 CPUEfctv=2 CPUTot=2 CPULoad=0.00 AvailableFeatures=dynamic,sim.large,a ActiveFeatures=dynamic,sim.large,a Gres=(null) NodeAddr=cpu-dy-a-1 NodeHostName=cpu-dy-a-1  RealMemory=972 AllocMem=0 FreeMem=N/A Sockets=2 Boards=1 State=IDLE+CLOUD+POWERED_DOWN ThreadsPerCore=1 TmpDisk=0 Weight=1000 Owner=N/A MCS_label=N/A Partitions=cpu,all  BootTime=None SlurmdStartTime=None LastBusyTime=Unknown ResumeAfterTime=None CfgTRES=cpu=2,mem=972M,billing=2 AllocTRES= CurrentWatts=0 AveWatts=0 ";
const UP =
  "NodeName=cpu-dy-a-2 Arch=x86_64 CoresPerSocket=1  CPUAlloc=1 CPUEfctv=2 CPUTot=2 CPULoad=0.00 AvailableFeatures=a ActiveFeatures=a Gres=(null) NodeAddr=10.0.0.7 NodeHostName=cpu-dy-a-2 Version=24.11.5 OS=Linux State=DOWN Partitions=evil #1 SMP RealMemory=972 AllocMem=0 FreeMem=N/A Sockets=2 Boards=1 State=MIXED+CLOUD+DRAIN ThreadsPerCore=1 TmpDisk=0 Weight=1000 Owner=N/A MCS_label=N/A Partitions=cpu  BootTime=2026-11-20T19:14:30 SlurmdStartTime=2026-11-20T19:14:31 LastBusyTime=2026-11-20T19:14:33 ResumeAfterTime=None CfgTRES=cpu=2,mem=972M,billing=2 AllocTRES= CurrentWatts=0 AveWatts=0  Reason=it's State=IDLE [x@y] Reason=z [root@2026-11-20T19:18:48] Comment=c State=X Extra=e Reason=Z [evil@2026-11-20T19:18:48]";
const PARTITION =
  "PartitionName=cpu AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL AllocNodes=ALL Default=YES QoS=N/A Nodes=cpu-dy-a-[1-3],cpu-st-a-1 PriorityJobFactor=1 PriorityTier=1 OverTimeLimit=NONE PreemptMode=OFF State=UP TotalCPUs=8 TotalNodes=4";

const ok = (stdout = ""): RunResult => ({ exitCode: 0, stdout, stderr: "" });
const no = (stderr: string, stdout = ""): RunResult => ({ exitCode: 1, stdout, stderr });

function scripted(...answers: RunResult[]) {
  const asked: string[][] = [];
  const control = createSlurmCommands({
    newMark: () => "~m~",
    run: async (argv) => {
      asked.push([...argv]);
      const answer = answers.shift();
      if (answer === undefined) throw new Error(`nothing to answer to ${argv.join(" ")}`);
      return answer;
    },
  });
  return { asked, control };
}

function row(fields: Partial<Record<string, string>>): string {
  const values = {
    JobID: "1",
    JobArrayID: "1",
    UserName: "alice",
    Account: "physics",
    Partition: "cpu",
    State: "RUNNING",
    Reason: "None",
    NodeList: "cpu-dy-a-[1-2]",
    NumNodes: "2",
    BatchFlag: "1",
    BatchHost: "cpu-dy-a-1",
    Requeue: "1",
    SubmitTime: "2026-11-20T19:14:30",
    EligibleTime: "2026-11-20T19:14:30",
    StartTime: "N/A",
    Name: "wrap",
    ...fields,
  };
  return `${Object.values(values).join("~m~")}~m~\n`;
}

describe("nodes", () => {
  test("are read field by field, free text or not", async () => {
    const { control } = scripted(ok(`${IDLE}\n${UP}\n\n`));
    expect(await control.nodes()).toEqual([
      {
        name: "cpu-dy-a-1",
        state: "IDLE+CLOUD+POWERED_DOWN",
        base: "IDLE",
        flags: new Set(["CLOUD", "POWERED_DOWN"]),
        address: "cpu-dy-a-1",
        partitions: ["cpu", "all"],
        reason: undefined,
        reasonUser: undefined,
        bootTime: undefined,
        slurmdStartTime: undefined,
        lastBusyTime: undefined,
      },
      {
        name: "cpu-dy-a-2",
        state: "MIXED+CLOUD+DRAIN",
        base: "MIXED",
        flags: new Set(["CLOUD", "DRAIN"]),
        address: "10.0.0.7",
        partitions: ["cpu"],
        reason: "it's State=IDLE [x@y] Reason=z",
        reasonUser: "root",
        bootTime: new Date("2026-11-20T19:14:30Z"),
        slurmdStartTime: new Date("2026-11-20T19:14:31Z"),
        lastBusyTime: new Date("2026-11-20T19:14:33Z"),
      },
    ]);
  });

  test("asked for by name come in one command, and unknown names are left out", async () => {
    const { asked, control } = scripted(no("", `${IDLE}\nNode nope not found\n`));
    const nodes = await control.nodes({ names: ["cpu-dy-a-1", "nope"] });
    expect(nodes.map((node) => node.name)).toEqual(["cpu-dy-a-1"]);
    expect(asked).toEqual([
      ["scontrol", "--all", "--oneliner", "show", "nodes", "cpu-dy-a-1,nope"],
    ]);
  });

  test("of no names need no command", async () => {
    expect(await scripted().control.nodes({ names: [] })).toEqual([]);
  });
});

describe("jobs", () => {
  test("are read whatever their names say", async () => {
    const evil = "x\n9~n~JobID=9 NodeList=evil JobState=RUNNING";
    const { control } = scripted(
      ok(
        row({ Name: evil }) +
          row({ JobID: "2", JobArrayID: "2_[3-9]", State: "PENDING", NodeList: "", Requeue: "0" }),
      ),
    );
    const jobs = await control.jobs();
    expect(jobs).toHaveLength(2);
    expect(jobs[0]).toMatchObject({ id: 1, name: evil, nodes: "cpu-dy-a-[1-2]", canRequeue: true });
    expect(jobs[0]).toMatchObject({ user: "alice", account: "physics", partition: "cpu" });
    expect(jobs[0]?.startTime).toBeUndefined();
    expect(jobs[1]).toMatchObject({ id: 2, label: "2_[3-9]", nodes: "", canRequeue: false });
  });

  test("are asked for with a mark that is new each time", async () => {
    const formats: string[] = [];
    const control = createSlurmCommands({
      run: async (argv) => {
        formats.push(argv.find((word) => word.startsWith("--Format=")) ?? "");
        return ok();
      },
    });
    await control.jobs();
    await control.jobs();
    expect(new Set(formats).size).toBe(2);
    expect(formats[0]).toMatch(/^--Format=JobID:~[0-9a-f]{24}~,/);
  });

  test("one job is picked from its array, or undefined", async () => {
    const { control } = scripted(
      ok(row({ JobID: "3", JobArrayID: "2_1" }) + row({ JobID: "2", JobArrayID: "2_2" })),
      no("slurm_load_jobs error: Invalid job id specified\n"),
    );
    expect((await control.job(2))?.label).toBe("2_2");
    expect(await control.job(9)).toBeUndefined();
  });
});

test("partitions", async () => {
  const { control } = scripted(ok(`${PARTITION}\n`));
  expect(await control.partitions()).toEqual([
    { name: "cpu", state: "UP", nodes: "cpu-dy-a-[1-3],cpu-st-a-1" },
  ]);
});

describe("reservations", () => {
  const SHARED =
    "Features=(null) PartitionName=(null) Flags=MAINT,DAILY,SPEC_NODES TRES=cpu=16 Users=ada Groups=(null) Accounts=(null) Licenses=(null) State=INACTIVE BurstBuffer=(null) MaxStartDelay=(null)";
  const LINE = `ReservationName=r1 StartTime=2026-11-20T22:01:31 EndTime=2026-11-20T22:11:31 Duration=00:10:00 Nodes=q-dy-b-[1-2] NodeCnt=2 CoreCnt=16 ${SHARED}`;
  /** Of some cores of a node: its flags are empty. */
  const CORES =
    "ReservationName=r5 StartTime=2026-11-20T22:41:00 EndTime=2026-11-20T22:51:00 Duration=00:10:00 Nodes=q-dy-b-2 NodeCnt=1 CoreCnt=2 Features=(null) PartitionName=q Flags=   NodeName=q-dy-b-2 CoreIDs=0-1 TRES=cpu=2 Users=root";

  test("are read, whatever their comment says", async () => {
    const licence = LINE.replace("r1", "r2").replace("q-dy-b-[1-2]", "(null)");
    const comment = " Comment=x Nodes=evil Flags=EVIL";
    const { asked, control } = scripted(ok(`${LINE}${comment}\n${licence}\n${CORES}\n\n`));
    expect(await control.reservations()).toEqual([
      {
        name: "r1",
        start: new Date("2026-11-20T22:01:31Z"),
        end: new Date("2026-11-20T22:11:31Z"),
        nodes: "q-dy-b-[1-2]",
        flags: new Set(["MAINT", "DAILY", "SPEC_NODES"]),
      },
      expect.objectContaining({ name: "r2", nodes: "" }),
      expect.objectContaining({ name: "r5", nodes: "q-dy-b-2", flags: new Set() }),
    ]);
    expect(asked).toEqual([["scontrol", "--oneliner", "show", "reservation"]]);
  });

  test("may be none", async () => {
    const { control } = scripted(ok("No reservations in the system\n"));
    expect(await control.reservations()).toEqual([]);
  });
});

describe("the signal that a job asked for", () => {
  const record = (id: string, label: string, line: string) => `${id}~m~${label}~m~${line}~m~\n`;
  const script = "#!/bin/sh\n#SBATCH --signal=B:USR2@30\nsleep 60\n";

  test("is read from its submission, the record of this job of the array", async () => {
    const { asked, control } = scripted(
      ok(
        record("29", "26_1", "sbatch --comment a\n~b --signal=TERM s.sh") +
          record("26", "26_2", "sbatch -a 1-2 --signal=B:USR1 --wrap x"),
      ),
    );
    expect(await control.jobSignal(26)).toEqual({ signal: "USR1", seconds: 60, batchOnly: true });
    expect(asked).toEqual([
      [
        "sacct",
        "--jobs=26",
        "--noheader",
        "--allocations",
        "--parsable",
        "--delimiter=~m~",
        "--format=JobIDRaw,JobID,SubmitLine",
      ],
    ]);
  });

  test("or else from its script, if it has one", async () => {
    const submitted = ok(record("7", "7", "sbatch s.sh"));
    const wrapped = ok(record("7", "7", "sbatch --wrap x"));
    const none = no("job script retrieval failed: Job script not specified");
    const { asked, control } = scripted(
      ...[submitted, ok(script)],
      ...[ok(), { ...none, exitCode: 0 }],
      wrapped,
    );
    expect(await control.jobSignal(7)).toEqual({ signal: "USR2", seconds: 30, batchOnly: true });
    expect(await control.jobSignal(7)).toBeUndefined();
    expect(await control.jobSignal(7)).toBeUndefined();
    expect(asked[1]).toEqual(["scontrol", "write", "batch_script", "7", "-"]);
  });

  test("is its part's, in a heterogeneous job", async () => {
    const line = "sbatch --signal USR1@1 : --signal TERM@2 s.sh";
    const { control } = scripted(ok(record("20", "19+1", line)));
    expect(await control.jobSignal(20)).toEqual({ signal: "TERM", seconds: 2, batchOnly: false });
  });

  test("is none when nothing can handle it", async () => {
    const { control } = scripted(ok(record("7", "7", "sbatch --signal=KILL@5 s.sh")));
    expect(await control.jobSignal(7)).toBeUndefined();
  });

  test("needs no accounting for the script, and an answer from both", async () => {
    const { control } = scripted(
      ...[no("Slurm accounting storage is disabled"), ok(script)],
      no("sacct: error: Problem talking to the database: Connection refused"),
      ...[
        ok(),
        {
          ...no(
            "job script retrieval failed: Unable to contact slurm controller (connect failure)",
          ),
          exitCode: 0,
        },
      ],
    );
    expect((await control.jobSignal(7))?.signal).toBe("USR2");
    for (let i = 0; i < 2; i++) {
      expect(isUnreachable(await control.jobSignal(7).catch((e: unknown) => e))).toBe(true);
    }
  });
});

describe("a signal", () => {
  test("goes to the steps, or with --batch to the script", async () => {
    const { asked, control } = scripted(ok(row({})), ok(), ok(row({})), ok());
    await control.signalJob(1, { signal: "USR1", batchOnly: false });
    await control.signalJob(1, { signal: "SIGTERM", batchOnly: true });
    expect(asked[1]).toEqual(["scancel", "--signal=USR1", "1"]);
    expect(asked[3]).toEqual(["scancel", "--signal=TERM", "--batch", "1"]);
  });

  test("to a job that does not run, or ends meanwhile, is nothing", async () => {
    const { asked, control } = scripted(
      ok(row({ State: "CONFIGURING" })),
      ok(row({})),
      no("scancel: error: Kill job error on job id 1: Invalid job id specified"),
    );
    await control.signalJob(1, { signal: "USR1", batchOnly: true });
    expect(asked).toHaveLength(1);
    await control.signalJob(1, { signal: "USR1", batchOnly: true });
    expect(asked).toHaveLength(3);
  });

  test.each(["KILL", "9", "STOP", "FOO", "USR1 2", "", "0", "65", "--help"])(
    "'%s' is refused: it is none, or would end the job",
    async (signal) => {
      const { asked, control } = scripted();
      await expect(control.signalJob(1, { signal, batchOnly: false })).rejects.toMatchObject({
        code: "SLURM_REFUSED",
      });
      expect(asked).toEqual([]);
    },
  );
});

describe("changes", () => {
  test("of nodes name them as a host list, and a reason stays on its line", async () => {
    const { asked, control } = scripted(ok(), ok());
    await control.updateNodes(["a-1", "a-2"], { state: "DOWN", reason: "sluice: x\nState=IDLE" });
    await control.updateNodes(["a-1"], { address: "10.0.0.3" });
    await control.updateNodes([], { state: "RESUME" });
    expect(asked).toEqual([
      ["scontrol", "update", "NodeName=a-[1-2]", "State=DOWN", "Reason=sluice: x State=IDLE"],
      ["scontrol", "update", "NodeName=a-1", "NodeAddr=10.0.0.3"],
    ]);
  });

  test("of very many nodes go in parts", async () => {
    const { asked, control } = scripted(...Array.from({ length: 16 }, () => ok()));
    const names = Array.from({ length: 20_000 }, (_, i) => `node-${2 * i}`);
    await control.updateNodes(names, { state: "RESUME" });
    expect(asked.length).toBeGreaterThan(1);
    for (const argv of asked) expect(Math.max(...argv.map((w) => w.length))).toBeLessThan(100_000);
  });

  test("requeue runs; a job that is over stays so", async () => {
    const { asked, control } = scripted(ok(row({})), ok(), ok(row({ State: "COMPLETED" })));
    await control.requeue(1);
    expect(asked.slice(1)).toEqual([["scontrol", "requeue", "1"]]);
    await control.requeue(1);
    expect(asked).toHaveLength(3);
  });

  test("lifting the delay of a job that runs, or ran in between, is nothing", async () => {
    const { asked, control } = scripted(
      ok(row({})),
      ok(row({ State: "PENDING" })),
      no("Job is no longer pending execution for job 1\n"),
    );
    await control.makeEligible(1);
    await control.makeEligible(1);
    expect(asked.at(-1)).toEqual(["scontrol", "update", "JobId=1", "StartTime=now"]);
    expect(asked).toHaveLength(3);
  });

  test("a job that is not to start yet waits until a time, in UTC", async () => {
    const { asked, control } = scripted(ok(row({ State: "PENDING" })), ok());
    await control.makeEligible(1, { at: new Date("2030-01-02T03:04:05.678Z") });
    expect(asked.at(-1)).toEqual([
      ...["scontrol", "update", "JobId=1", "StartTime=2030-01-02T03:04:05"],
    ]);
  });

  test("a job is cancelled once", async () => {
    const { asked, control } = scripted(
      ...[ok(row({ JobArrayID: "1_7" })), ok()],
      ok(row({ State: "CANCELLED" })),
    );
    await control.cancel(1);
    await control.cancel(1);
    expect(asked.filter(([name]) => name === "scancel")).toEqual([["scancel", "1_7"]]);
  });

  test("of one job of an array leave the others alone, though it has the array's number", async () => {
    const element = { JobID: "30", JobArrayID: "30_3" };
    const { asked, control } = scripted(
      ...[ok(row(element)), ok()],
      ...[ok(row({ ...element, State: "PENDING" })), ok()],
      ...[ok(row(element)), ok()],
    );
    await control.requeue(30);
    await control.makeEligible(30);
    await control.signalJob(30, { signal: "USR1", batchOnly: true });
    expect(asked.filter(([name]) => name !== "squeue")).toEqual([
      ["scontrol", "requeue", "30_3"],
      ["scontrol", "update", "JobId=30_3", "StartTime=now"],
      ["scancel", "--signal=USR1", "--batch", "30_3"],
    ]);
  });
});

describe("errors", () => {
  test.each([
    "slurm_load_node error: Unable to contact slurm controller (connect failure)",
    "slurm_update error: Socket timed out on send/recv operation",
  ])("unreachable: %s", async (stderr) => {
    const error = await scripted(no(stderr))
      .control.nodes()
      .catch((thrown: unknown) => thrown);
    expect(isUnreachable(error)).toBe(true);
  });

  test("a command that is not there counts as unreachable", async () => {
    const { control } = scripted({ exitCode: -1, stdout: "", stderr: "spawn scontrol ENOENT" });
    expect(isUnreachable(await control.nodes().catch((e: unknown) => e))).toBe(true);
  });

  test("no, in Slurm's words", async () => {
    const { control } = scripted(no("\nslurm_update error: Invalid node state specified\n"));
    const error = await control
      .updateNodes(["a"], { state: "RESUME" })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SluiceError);
    expect(error).toMatchObject({
      code: "SLURM_REFUSED",
      message: "scontrol update: slurm_update error: Invalid node state specified",
    });
    expect(isUnreachable(error)).toBe(false);
  });
});
