import { expect, test } from "vitest";
import { argumentsIn, readsArguments } from "./arguments.ts";
import type { JobRecord, KeptSubmission } from "./contract.ts";
import { describeAgain } from "./describe.ts";
import { untoldOf } from "./untold.ts";

const set = (number: number) => ({ set: true, infinite: false, number });

function kept(record: JobRecord): KeptSubmission {
  return {
    jobId: 7,
    made: 100e6,
    submitTime: 100,
    record: { user_id: 2001, group_id: 2002, submit_time: set(100), command: "", ...record },
    script: Buffer.from("#!/bin/sh\ntrue\n"),
    environment: Buffer.from("\u0002\0\0\0A=b c\0B=\n\0"),
    askedAs: undefined,
  };
}

test("a job is asked for as the user and the group that slurmctld had", () => {
  const record = { name: "x UserId=root(0)", partition: "cpu", comment: "", nice: 5, hold: true };
  expect(describeAgain(kept(record), { jobId: 7, args: [] })).toEqual({
    job_id: 7,
    user_id: "2001",
    group_id: "2002",
    script: "#!/bin/sh\ntrue\n",
    environment: ["A=b c", "B=\n"],
    name: "x UserId=root(0)",
    partition: "cpu",
    nice: 5,
    hold: true,
    requeue: false,
    contiguous: false,
    reboot: false,
  });
});

test("an array comes back without the tasks that are over, and with its limit", () => {
  const array = (record: JobRecord, over: readonly number[]) =>
    describeAgain(kept(record), { jobId: 7, args: [], over: new Set(over) }).array;
  expect(array({ array_task_string: "1-10:3%2" }, [])).toBe("1-10:3%2");
  expect(array({ array_task_string: "1-10:3%2" }, [4, 10])).toBe("1,7%2");
  expect(array({ array_task_string: "1,5-7" }, [6])).toBe("1,5,7");
});

test("a later begin is asked for, and none that the queue gave", () => {
  const begin = (eligible: number) =>
    describeAgain(kept({ eligible_time: set(eligible) }), { jobId: 7, args: [] }).begin_time;
  expect(begin(100)).toBeUndefined();
  expect(begin(4000)).toBe(4000);
});

test("dependencies lose what slurmctld says of them and follow jobs to other numbers", () => {
  const record = { dependency: "afterok:3(unfulfilled):5(unfulfilled),singleton" };
  const described = describeAgain(kept(record), {
    jobId: 7,
    args: [],
    renumbered: new Map([[5, 50]]),
  });
  expect(described.dependency).toBe("afterok:3:50,singleton");
});

test("under another number the usual output has another name", () => {
  const record = {
    current_working_directory: "/home/ada",
    standard_output: "/home/ada/slurm-7.out",
    standard_error: "/home/ada/e7",
  };
  const paths = (jobId: number) => {
    const { standard_output, standard_error } = describeAgain(kept(record), { jobId, args: [] });
    return [standard_output, standard_error];
  };
  expect(paths(7)).toEqual(["/home/ada/slurm-7.out", "/home/ada/e7"]);
  expect(paths(8)).toEqual([undefined, "/home/ada/e7"]);
});

test("what slurmctld keeps to itself is read from the command, then from the script", () => {
  const script = "#!/bin/sh\n#SBATCH --signal=USR2@9\n#SBATCH --open-mode append\ntrue\n";
  expect(untoldOf(undefined, script)).toEqual({
    kill_warning_signal: "USR2",
    kill_warning_delay: { set: true, number: 9 },
    open_mode: ["APPEND"],
  });
  expect(untoldOf("sbatch --signal=B:USR1@30 --open-mode=truncate x", script)).toEqual({
    kill_warning_signal: "USR1",
    kill_warning_delay: { set: true, number: 30 },
    kill_warning_flags: ["BATCH_JOB"],
    open_mode: ["TRUNCATE"],
  });
});

test("arguments are what stands behind the script's path", () => {
  expect(argumentsIn("sbatch -n 2 run.sh a  b", "run.sh")).toEqual(["a", "b"]);
  expect(argumentsIn("sbatch -n 2 run.sh", "run.sh")).toEqual([]);
  expect(argumentsIn("sbatch -J run.sh other.sh", "missing.sh")).toBeUndefined();
});

test.each([
  ["#!/bin/bash\necho $1\n", true],
  ['#!/bin/sh\nexec prog "$@"\n', true],
  ["#!/bin/bash\nset -- a\necho $#\n", true],
  ["#!/bin/bash\nhostname\nsrun prog\n", false],
  ["#!/usr/bin/python3\nimport sys\nprint(sys.argv)\n", true],
  ["#!/usr/bin/env python3\nprint(1)\n", false],
])("%j reads its arguments: %s", (script, answer) => {
  expect(readsArguments(script)).toBe(answer);
});
