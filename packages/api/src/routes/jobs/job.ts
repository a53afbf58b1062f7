import { z } from "zod";

/** What a list of jobs can be sorted by. */
export const JOB_SORT_KEYS = [
  "submitTime",
  "startTime",
  "endTime",
  "id",
  "name",
  "user",
  "account",
  "partition",
  "qos",
  "state",
  "cpus",
  "nodeCount",
  "memoryMib",
  "timeLimitSeconds",
  "priority",
] as const;

const time = z.string().describe("ISO 8601, UTC");

export const jobSchema = z.object({
  cluster: z.string(),
  id: z.int().describe("Slurm's own number; each started task of an array has one"),
  label: z.string().describe("as users write it: `12`, `12_3` or `12_[4-9]`"),
  arrayJobId: z.int().optional(),
  arrayTaskId: z.string().optional(),
  name: z.string(),
  user: z.string(),
  account: z.string(),
  partition: z.string(),
  qos: z.string(),
  state: z
    .string()
    .describe(
      "Slurm's word; UNKNOWN when slurmctld has forgotten the job and accounting has not told yet how it ended",
    ),
  reason: z.string().describe("why it waits, in Slurm's word; empty when it does not"),
  nodes: z.string().describe("a host list"),
  nodeCount: z.int(),
  cpus: z.int(),
  memoryMib: z.number().optional(),
  tres: z.string(),
  timeLimitSeconds: z.number().optional(),
  priority: z.number().optional(),
  submitTime: time.optional(),
  eligibleTime: time.optional(),
  startTime: time.optional(),
  endTime: time.optional(),
  elapsedSeconds: z.number().optional(),
  workingDirectory: z.string(),
  exitCode: z.string().describe("`code:signal`"),
  restarts: z.int(),
  isLive: z.boolean().describe("slurmctld knows it now"),
  isFinished: z.boolean(),
});
export type Job = z.output<typeof jobSchema>;

export const jobsStatusSchema = z.object({
  cluster: z.string(),
  queueAt: time.optional().describe("when slurmctld was last heard"),
  historyAt: time.optional().describe("when accounting was last heard"),
  historyFrom: time.optional().describe("how far the past is known"),
  problem: z.string().optional().describe("why what is shown is getting old"),
});
export type JobsStatus = z.output<typeof jobsStatusSchema>;

export const jobsPageSchema = z.object({
  items: z.array(jobSchema).readonly(),
  next: z.string().optional(),
  total: z.int(),
  totals: z
    .record(z.string(), z.int())
    .describe("how many in each state, of what every filter but `state` lets through"),
  status: z.array(jobsStatusSchema).readonly(),
});
export type JobsPage = z.output<typeof jobsPageSchema>;

export const jobStepSchema = z.object({
  id: z.string().describe("`12.batch`, `12.0`"),
  name: z.string(),
  state: z.string(),
  exitCode: z.string(),
  startTime: time.optional(),
  endTime: time.optional(),
  tasks: z.int().optional(),
  cpuSecondsUsed: z.number().optional(),
  maxMemoryMib: z.number().optional().describe("of its largest task"),
});

const usageSchema = z.object({ used: z.number(), of: z.number(), percent: z.number() });

export const efficiencySchema = z.object({
  cpu: usageSchema.optional().describe("CPU seconds, of those that the job held"),
  memory: usageSchema.optional().describe("MiB, of what was asked for"),
  time: usageSchema.optional().describe("seconds, of its time limit"),
  advice: z.array(z.string()).readonly(),
});
export type Efficiency = z.output<typeof efficiencySchema>;

export const jobDetailSchema = jobSchema.extend({
  standardOutput: z.string().optional(),
  standardError: z.string().optional(),
  dependency: z.string().optional(),
  waiting: z.string().optional().describe("why it waits, in a sentence"),
  efficiency: efficiencySchema.optional(),
  steps: z.array(jobStepSchema).readonly(),
  array: z
    .object({
      id: z.int(),
      total: z.int().describe("records: tasks that wait together are one"),
      totals: z.record(z.string(), z.int()),
    })
    .optional(),
  facts: z
    .record(z.string(), z.string())
    .describe("what else slurmctld says of it, or accounting when it is over"),
  submissionTag: z
    .string()
    .optional()
    .describe("of a submission that Sluice made, once accounting has it"),
});
export type JobDetail = z.output<typeof jobDetailSchema>;

export const submittedJobSchema = z.object({
  cluster: z.string(),
  jobId: z.int(),
  submissionId: z.string(),
  isRepeat: z.boolean().describe("the job was there already, by its Idempotency-Key"),
});
export type SubmittedJobAnswer = z.output<typeof submittedJobSchema>;
