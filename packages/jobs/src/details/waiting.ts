/** Slurm's words for why a job waits, in sentences that say what would help. */
const SENTENCES: Readonly<Record<string, string>> = {
  Resources: "It is next, and waits until enough of the queue's nodes are free or have started.",
  Priority: "Jobs of a higher priority in the same queue go first.",
  Dependency: "It waits for other jobs to end as its dependency says.",
  DependencyNeverSatisfied:
    "The job that it depends on ended in another way than the dependency asks for: it will never start. Cancel it.",
  JobHeldUser: "Its user holds it. Release it to let it start.",
  JobHeldAdmin: "An administrator holds it; only an administrator can release it.",
  BeginTime: "It is not to start before a time: its own, or the pause after a requeue.",
  JobArrayTaskLimit: "As many tasks of its array run as the array allows at once.",
  Licenses: "It waits for licences that other jobs hold.",
  ReqNodeNotAvail: "Nodes that it needs are down, drained or reserved.",
  Reservation: "It waits for its reservation to begin or to have room.",
  PartitionDown: "The queue does not start jobs at the moment.",
  PartitionInactive: "The queue takes no jobs and starts none.",
  PartitionNodeLimit: "It asks for more nodes than the queue has or allows: it will not start.",
  PartitionTimeLimit: "Its time limit is longer than the queue allows: it will not start.",
  PartitionConfig: "What it asks for is not what the queue may give: it will not start.",
  BadConstraints: "No node has what it asks for: it will not start as it is.",
  NodeDown: "A node that it needs is down.",
  FrontEndDown: "No front end can start it.",
  Cleaning: "It is being cleaned up after its last run, then it is queued again.",
  Prolog: "Its nodes are being prepared.",
  None: "Slurm has not looked at it yet.",
  AccountNotAllowed: "The queue does not take jobs of its account.",
  QOSNotAllowed: "The queue does not take jobs of its quality of service.",
  InvalidAccount: "Its account does not exist.",
  InvalidQOS: "Its quality of service does not exist.",
  QOSUsageThreshold: "Its quality of service wants a better fair share first.",
  JobLaunchFailure: "It could not be launched, for example for a bad file system or script.",
  launch_failed_requeued_held:
    "It could not be launched and is held. Look at why, then release it.",
  job_requeued_in_held_state: "It was put back into the queue and is held. Release it.",
  MaxRequeue: "It was put back into the queue too often and is held.",
  SystemFailure: "Slurm, a file system or the network failed under it.",
  BurstBufferResources: "It waits for room in the burst buffer.",
  OutOfMemory: "It ran out of memory.",
  TimeLimit: "It reached its time limit.",
  NonZeroExitCode: "Its script ended with an error.",
  RaisedSignal: "A signal ended it.",
  InactiveLimit: "It did nothing for longer than is allowed.",
  DeadLine: "It could not have ended before its deadline.",
};

/** `QOSMaxCpuPerUserLimit`, `AssocGrpNodeLimit`, `MaxJobsPerAccount`, … */
const LIMIT = /^(QOS|Assoc)?(Grp|Max|Min)\w+$/;

/** Undefined for a job that does not wait. */
export function waitingSentence(job: {
  readonly state: string;
  readonly reason: string;
  readonly dependency: string;
}): string | undefined {
  if (job.state !== "PENDING" && job.state !== "REQUEUE_HOLD" && job.state !== "SPECIAL_EXIT") {
    return undefined;
  }
  // `ReqNodeNotAvail,_UnavailableNodes:q-dy-a-1`
  const [reason = "", ...details] = job.reason.split(",");
  if (reason === "Dependency" && job.dependency !== "" && job.dependency !== "(null)") {
    return `It waits for other jobs: ${job.dependency}.`;
  }
  const limit = LIMIT.exec(reason);
  if (limit !== null && SENTENCES[reason] === undefined) {
    const whose = limit[1] === "QOS" ? "its quality of service" : "its account or user";
    return `It would go past a limit of ${whose} (${reason}).`;
  }
  const known = Object.hasOwn(SENTENCES, reason) ? SENTENCES[reason] : undefined;
  const detail = details.length === 0 ? "" : ` (${details.join(",").replaceAll("_", " ").trim()})`;
  if (known !== undefined) return `${known}${detail}`;
  return reason === "" ? SENTENCES.None : `Slurm gives the reason ${job.reason}.`;
}
