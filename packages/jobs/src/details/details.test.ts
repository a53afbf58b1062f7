import { describe, expect, test } from "vitest";
import { parseJobReference } from "../cache/job-reference.ts";
import { optionsAgain } from "./again.ts";
import { jobEfficiency } from "./efficiency.ts";
import { factsOf } from "./facts.ts";
import { actOnJob, jobFacts, jobScript } from "./job-commands.ts";
import { outputPath, usualOutput } from "./output-path.ts";
import { stepsOf } from "./steps.ts";
import { waitingSentence } from "./waiting.ts";

/** Commands that answer what the test says, and are written down. */
function commands(
  answer: (words: string) => { exitCode?: number; stdout?: string; stderr?: string },
) {
  const asked: string[][] = [];
  return {
    asked,
    command: async (argv: readonly string[]) => {
      asked.push([...argv]);
      return { exitCode: 0, stdout: "", stderr: "", ...answer(argv.join(" ")) };
    },
  };
}

describe("why a job waits", () => {
  const waits = (reason: string, dependency = "") =>
    waitingSentence({ state: "PENDING", reason, dependency });

  test.each([
    ["Resources", /next/],
    ["QOSMaxCpuPerUserLimit", /limit of its quality of service \(QOSMaxCpuPerUserLimit\)/],
    ["AssocGrpNodeLimit", /limit of its account or user/],
    ["ReqNodeNotAvail,_UnavailableNodes:q-dy-a-1", /drained.*\(UnavailableNodes:q-dy-a-1\)/],
    ["SomethingNew", /SomethingNew/],
    ["", /not looked/],
    ["constructor", /constructor/],
  ])("%s", (reason, sentence) => {
    expect(waits(reason)).toMatch(sentence);
  });

  test("names what it depends on, and says nothing of one that runs", () => {
    expect(waits("Dependency", "afterok:11(unfulfilled)")).toContain("afterok:11(unfulfilled)");
    expect(waitingSentence({ state: "RUNNING", reason: "", dependency: "" })).toBeUndefined();
  });
});

describe("efficiency", () => {
  const job = {
    state: "COMPLETED",
    cpus: 8,
    nodeCount: 1,
    tres: "cpu=8,mem=16G,node=1",
    memoryMib: undefined,
    timeLimitSeconds: 36_000,
    elapsedSeconds: 1000,
    cpuSecondsUsed: 1900,
    maxMemoryMib: 1024,
  };

  test("is what was used of what was held, with what to do about it", () => {
    const { advice, ...usage } = jobEfficiency(job) ?? { advice: [] };
    expect(usage).toEqual({
      cpu: { used: 1900, of: 8000, percent: 24 },
      memory: { used: 1024, of: 16_384, percent: 6 },
      time: { used: 1000, of: 36_000, percent: 3 },
    });
    expect(advice).toEqual([
      expect.stringContaining("about 2 of 8 CPUs"),
      expect.stringContaining("--mem=1280M"),
      expect.stringContaining("shorter --time"),
    ]);
  });

  test("says nothing of a job that was short, used well, or did not run", () => {
    expect(jobEfficiency({ ...job, elapsedSeconds: 10, cpuSecondsUsed: 1 })?.advice).toEqual([]);
    expect(jobEfficiency({ ...job, elapsedSeconds: undefined })).toBeUndefined();
    expect(
      jobEfficiency({
        ...job,
        ...{ cpuSecondsUsed: 7900, maxMemoryMib: 12_000, timeLimitSeconds: 2000 },
      })?.advice,
    ).toEqual([]);
  });

  test("says what to do after running out of memory or time", () => {
    expect(jobEfficiency({ ...job, state: "OUT_OF_MEMORY" })?.advice[0]).toContain("--mem");
    expect(jobEfficiency({ ...job, state: "TIMEOUT" })?.advice[0]).toContain("--time");
  });
});

const SHOWN = `JobId=12 ArrayJobId=12 ArrayTaskId=[1-2] JobName=a UserId=root(0) Features=forged
   UserId=ada(1001) GroupId=ada(1001) MCS_label=N/A
   Priority=1 Nice=0 Account=science QOS=normal
   JobState=PENDING Reason=Resources Dependency=(null)
   AllocNode:Sid=head:123 Requeue=1
   ReqNodeList=(null) ExcNodeList=n1
   NumNodes=1 NumCPUs=2 NumTasks=2 CPUs/Task=1 ReqB:S:C:T=0:0:*:*
   ReqTRES=cpu=2,mem=100M,node=1,billing=2
   Features=dynamic DelayBoot=00:00:00
   Command=/home/ada/a b.sh
   WorkDir=/home/ada
   Comment=Features=other StdOut=/etc/passwd
   StdOut=/home/ada/out 1.txt

JobId=13 ArrayJobId=12 ArrayTaskId=3 JobName=a
   Features=second
`;

test("facts are what slurmctld says, whatever a job is called or commented", () => {
  expect(factsOf(SHOWN.split("\n\n")[0] ?? "")).toEqual({
    group: "ada(1001)",
    nice: "0",
    submitHost: "head:123",
    canRequeue: "1",
    excludedNodes: "n1",
    tasks: "2",
    cpusPerTask: "1",
    requestedTres: "cpu=2,mem=100M,node=1,billing=2",
    features: "dynamic",
    command: "/home/ada/a b.sh",
    comment: "Features=other StdOut=/etc/passwd",
    standardOutput: "/home/ada/out 1.txt",
  });
});

test("of an array the record with the number counts", async () => {
  const slurm = commands(() => ({ stdout: SHOWN }));
  expect((await jobFacts(slurm, 13))?.features).toBe("second");
  expect(
    await jobFacts(
      commands(() => ({ exitCode: 1 })),
      13,
    ),
  ).toBeUndefined();
});

test("steps are rows of steps, however they are called", () => {
  const output = [
    "12|COMPLETED|0:0|2030-01-01T00:00:00|2030-01-01T00:01:00||00:10.5||job",
    "12.batch|COMPLETED|0:0|2030-01-01T00:00:00|2030-01-01T00:01:00|1|00:10.5|2048K|batch",
    "12.0|CANCELLED by 1001|0:9|2030-01-01T00:00:00|Unknown|4|1-00:00:01||a|b",
    "forged",
  ].join("\n");
  expect(stepsOf(output)).toEqual([
    {
      ...{ id: "12.batch", name: "batch", state: "COMPLETED", exitCode: "0:0", tasks: 1 },
      ...{ startTime: new Date("2030-01-01T00:00:00Z"), endTime: new Date("2030-01-01T00:01:00Z") },
      ...{ cpuSecondsUsed: 10.5, maxMemoryMib: 2 },
    },
    {
      ...{ id: "12.0", name: "a|b", state: "CANCELLED", exitCode: "0:9", tasks: 4 },
      ...{ startTime: new Date("2030-01-01T00:00:00Z"), endTime: undefined },
      ...{ cpuSecondsUsed: 86_401, maxMemoryMib: undefined },
    },
  ]);
});

describe("where a job writes to", () => {
  const job = {
    id: 14,
    arrayJobId: 12,
    arrayTaskId: "3",
    name: "align",
    user: "ada",
    nodes: "q-dy-[2-4]",
    workingDirectory: "/home/ada",
  };

  test.each([
    ["out-%A_%3a-%x-%u-%N.txt", "/home/ada/out-12_003-align-ada-q-dy-2.txt"],
    ["/tmp/%j%%.out", "/tmp/14%.out"],
    ["\\%j.out", "/home/ada/%j.out"],
    [usualOutput(job), "/home/ada/slurm-12_3.out"],
  ])("%s", (pattern, path) => {
    expect(outputPath(pattern, job)).toBe(path);
  });
});

describe("submitting again", () => {
  const job = {
    ...{ name: "align", partition: "q", account: "science", qos: "", timeLimitSeconds: 90 },
  };

  test("takes the options of the line, without what is not about the job", () => {
    const line =
      "sbatch --parsable --extra=sluice=1 --ntasks=4 --time=10 --chdir=/x /dev/stdin a b";
    expect(optionsAgain(line, job)).toEqual(["--ntasks=4", "--time=10"]);
  });

  test.each([
    undefined,
    "srun hostname",
    "sbatch -n 4 job.sh",
    "sbatch --job-name=two words --ntasks=4 job.sh",
    "sbatch --hold --ntasks 4 job.sh",
  ])("%s: what is known of the job does, as its words can't be told", (line) => {
    expect(optionsAgain(line, job)).toEqual([
      ...["--job-name=align", "--partition=q", "--account=science", "--time=2"],
    ]);
  });
});

describe("acting", () => {
  test("words are Slurm's, with nothing but the job's id in them", async () => {
    const slurm = commands(() => ({}));
    const tasks = parseJobReference("12_[1-3]");
    await actOnJob(slurm, tasks, { do: "cancel" });
    await actOnJob(slurm, tasks, { do: "hold" });
    await actOnJob(slurm, tasks, { do: "signal", signal: "USR1", to: "batch" });
    expect(slurm.asked).toEqual([
      ["scancel", "12_[1-3]"],
      ["scontrol", "hold", "12_[1-3]"],
      ["scancel", "--signal=USR1", "--batch", "12_[1-3]"],
    ]);
  });

  test("what Slurm refuses is told in its words", async () => {
    const stderr = "scancel: error: Kill job error on job id 12: Invalid job id specified\n";
    const slurm = commands(() => ({ stderr }));
    await expect(actOnJob(slurm, parseJobReference("12"), { do: "cancel" })).rejects.toMatchObject({
      code: "SLURM_REFUSED",
      message: "Kill job error on job id 12: Invalid job id specified",
    });
    const away = commands(() => ({
      exitCode: 1,
      stderr: "slurm_suspend error: Unable to contact slurm controller (connect failure)",
    }));
    await expect(actOnJob(away, parseJobReference("12"), { do: "hold" })).rejects.toMatchObject({
      code: "SLURM_UNREACHABLE",
    });
  });
});

describe("script", () => {
  const job = { id: 12, label: "12" };

  test("slurmctld's, else accounting's, else there is none", async () => {
    const live = commands(() => ({ stdout: "#!/bin/sh\nhostname\n\n" }));
    expect(await jobScript(live, job)).toBe("#!/bin/sh\nhostname\n");
    const kept = commands((words) =>
      words.startsWith("sacct")
        ? { stdout: "Batch Script for 12\n-----------\n#!/bin/sh\nid\n\n\n" }
        : { exitCode: 1 },
    );
    expect(await jobScript(kept, job)).toBe("#!/bin/sh\nid\n");
    await expect(
      jobScript(
        commands(() => ({ exitCode: 1 })),
        job,
      ),
    ).rejects.toMatchObject({
      code: "JOB_SCRIPT_NOT_FOUND",
    });
    const none = commands((words) =>
      words.startsWith("sacct")
        ? { stdout: "Batch Script for 12\n-----------\nNONE\n" }
        : { exitCode: 1 },
    );
    await expect(jobScript(none, job)).rejects.toMatchObject({ code: "JOB_SCRIPT_NOT_FOUND" });
  });
});
