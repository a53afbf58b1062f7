import { z } from "zod";

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** RFC 9457. `code` is ours, stable, and has its row in docs/errors.md. */
export const problemSchema = z.looseObject({
  type: z.string().describe("`code` as a URN"),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  instance: z.string().optional().describe("the request, as the server's log names it"),
  code: z.string(),
  hint: z.string().optional().describe("what to do about it"),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe("what is wrong with which part of the request"),
});
export type Problem = z.output<typeof problemSchema>;
