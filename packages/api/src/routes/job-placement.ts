import { z } from "zod";
import { type Route, route } from "../route.ts";
import { submittedJobSchema } from "./jobs/job.ts";
import { newSubmission } from "./jobs/parts.ts";

export const placedJobSchema = submittedJobSchema
  .extend({
    why: z.string().describe("why this cluster"),
    candidates: z
      .array(
        z.object({
          cluster: z.string(),
          startsInSeconds: z.number().optional().describe("missing: it does not take the job"),
          why: z.string(),
        }),
      )
      .readonly()
      .describe(
        "all on which the caller may submit, the best first; empty for a key that came again",
      ),
  })
  .meta({ id: "PlacedJob" });
export type PlacedJob = z.input<typeof placedJobSchema>;

export const jobPlacementRoutes = {
  submitAnywhere: route({
    id: "submitAnywhere",
    method: "POST",
    path: "/api/v1/jobs",
    summary: "Submit a batch job to the cluster where it would start soonest",
    description:
      "Each cluster's Slurm is asked when it would start the job, as the caller's Unix user; boots of machines and what the cloud lacks count. The answer says why. With an Idempotency-Key it is one job, on the cluster that was chosen first.",
    tag: "jobs",
    access: { role: "user", on: "site", scope: "jobs:write" },
    body: newSubmission,
    answer: placedJobSchema,
    status: 201,
    problems: {
      422: "no cluster takes the job, or Slurm refused it",
      503: "the cluster, or Slurm there, does not answer",
    },
    isIdempotentByKey: true,
  }),
} satisfies Record<string, Route>;
