import { auditRoutes } from "@sluice/api";
import type { AuditLog } from "../audit/audit.ts";
import { type Implementation, implement } from "../http/handler.ts";

export interface AuditParts {
  readonly auditLog: AuditLog;
}

export function auditImplementations({ auditLog }: AuditParts): readonly Implementation[] {
  return [
    implement(auditRoutes.listAudit, ({ query }) => auditLog.query(query)),
    implement(auditRoutes.checkAudit, () => auditLog.check()),
  ];
}
