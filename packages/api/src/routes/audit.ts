import { z } from "zod";
import { pageOf, pageQuery } from "../page.ts";
import { type Route, route } from "../route.ts";

export const auditRecordSchema = z.object({
  sequence: z.int(),
  time: z.string(),
  user: z.string().optional(),
  via: z.enum(["session", "token", "one-time-link"]).optional(),
  credential: z.string().optional().describe("id of the session or the token"),
  actingAs: z.string().optional().describe("the Unix user it was done as, if not the own one"),
  action: z.string(),
  target: z.string(),
  from: z.string(),
  requestId: z.string(),
  result: z.enum(["done", "refused", "failed"]),
  detail: z.record(z.string(), z.unknown()).optional(),
});
export type AuditRecord = z.output<typeof auditRecordSchema>;

const reading = { role: "administrator", on: "site", scope: "audit:read" } as const;

export const auditRoutes = {
  listAudit: route({
    id: "listAudit",
    method: "GET",
    path: "/api/v1/audit",
    summary: "List who changed what, newest first",
    tag: "audit",
    access: reading,
    query: pageQuery.extend({
      user: z.string().max(120).optional(),
      action: z.string().max(120).optional(),
      target: z.string().max(300).optional().describe("how it begins"),
      result: z.enum(["done", "refused", "failed"]).optional(),
      since: z.iso.datetime({ offset: true }).optional(),
      until: z.iso.datetime({ offset: true }).optional(),
    }),
    answer: pageOf(auditRecordSchema),
  }),
  checkAudit: route({
    id: "checkAudit",
    method: "GET",
    path: "/api/v1/audit/check",
    summary: "Check that no record of the audit log was changed or taken out",
    tag: "audit",
    access: reading,
    answer: z.object({
      records: z.int(),
      isWhole: z.boolean(),
      firstBroken: z.int().optional().describe("sequence of the first record that does not fit"),
    }),
  }),
} satisfies Record<string, Route>;
