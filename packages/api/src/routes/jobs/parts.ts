import { z } from "zod";

/** What names a job, and what makes one, wherever a route takes it. */

export const cluster = z.object({ cluster: z.string().min(1).max(60) });
export const job = cluster.extend({
  job: z.string().min(1).max(220).describe("`12`, a task `12_3` or tasks `12_[1-5]`"),
});

/** No zero byte, which no argument can hold, and no line break, which none of these needs. */
const line = z
  .string()
  .max(4096)
  .regex(/^[^\0\r\n]*$/, "must be one line");
export const submission = {
  script: z
    .string()
    .min(3)
    .max(4_000_000)
    .refine((text) => text.startsWith("#!"), "must begin with #! and the program that runs it"),
  options: z
    .array(line.regex(/^--[a-z][a-z-]*(=|$)/, "must be one word of sbatch: --name=value"))
    .max(200)
    .describe("of sbatch, each one word: `--partition=burst`"),
  arguments: z.array(z.string().max(65_536)).max(1000).describe("of the script"),
  workingDirectory: line.regex(/^\//, "must begin with /").describe("the home when missing"),
  environment: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,200}$/), z.string().max(65_536))
    .describe("beyond that of a login"),
};

/** A batch job as it is handed in, on a cluster that is named or on any. */
export const newSubmission = z.strictObject({
  script: submission.script,
  options: submission.options.default([]),
  arguments: submission.arguments.default([]),
  workingDirectory: submission.workingDirectory.optional(),
  environment: submission.environment.default({}),
});
