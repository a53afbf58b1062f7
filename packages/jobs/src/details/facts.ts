/** What `scontrol show job` calls it, and what we do. What a list of jobs has already is not in it. */
const NAMES: Readonly<Record<string, string>> = {
  GroupId: "group",
  Nice: "nice",
  AccrueTime: "accrueTime",
  Deadline: "deadline",
  PreemptEligibleTime: "preemptEligibleTime",
  SuspendTime: "suspendTime",
  SecsPreSuspend: "secondsBeforeSuspend",
  LastSchedEval: "lastSchedulingTime",
  Scheduler: "scheduler",
  TimeMin: "leastTime",
  DerivedExitCode: "derivedExitCode",
  Requeue: "canRequeue",
  "AllocNode:Sid": "submitHost",
  ReqNodeList: "requestedNodes",
  ExcNodeList: "excludedNodes",
  SchedNodeList: "scheduledNodes",
  BatchHost: "batchHost",
  NumTasks: "tasks",
  "CPUs/Task": "cpusPerTask",
  "NtasksPerN:B:S:C": "tasksPerNodeBoardSocketCore",
  ReqTRES: "requestedTres",
  AllocTRES: "allocatedTres",
  TresPerNode: "tresPerNode",
  TresPerTask: "tresPerTask",
  TresPerJob: "tresPerJob",
  Socks: "sockets",
  MinCPUsNode: "leastCpusPerNode",
  MinMemoryNode: "leastMemoryPerNode",
  MinMemoryCPU: "leastMemoryPerCpu",
  MinTmpDiskNode: "leastTemporaryDiskPerNode",
  Features: "features",
  Licenses: "licenses",
  Network: "network",
  OverSubscribe: "overSubscribe",
  Contiguous: "contiguous",
  CoreSpec: "coreSpecialization",
  Reservation: "reservation",
  Switches: "switches",
  ArrayTaskThrottle: "arrayTaskThrottle",
  MailUser: "mailUser",
  MailType: "mailType",
};

/** Free text to the end of its line. */
const LINES: Readonly<Record<string, string>> = {
  Command: "command",
  SubmitLine: "submitLine",
  StdErr: "standardError",
  StdIn: "standardInput",
  StdOut: "standardOutput",
  Comment: "comment",
  AdminComment: "adminComment",
  SystemComment: "systemComment",
  Container: "container",
};

const NOTHING: ReadonlySet<string> = new Set(["", "(null)", "N/A", "None", "Unknown", "n/a", "*"]);

/**
 * Of one job of `scontrol show job`. The job's name, free text in the first line, is left out with
 * it; other free text goes to its line's end and can be mistaken for nothing.
 */
export function factsOf(output: string): Readonly<Record<string, string>> {
  const facts: Record<string, string> = {};
  const note = (name: string | undefined, value: string) => {
    if (name !== undefined && !NOTHING.has(value)) facts[name] ??= value;
  };
  for (const text of output.split("\n").slice(1)) {
    const line = text.trim();
    const [, key = "", rest = ""] = /^([\w/:]+)=(.*)$/.exec(line) ?? [];
    if (Object.hasOwn(LINES, key)) note(LINES[key], rest.trim());
    else {
      for (const pair of line.split(" ")) {
        const at = pair.indexOf("=");
        const name = pair.slice(0, at);
        if (at > 0 && Object.hasOwn(NAMES, name)) note(NAMES[name], pair.slice(at + 1));
      }
    }
  }
  return facts;
}
