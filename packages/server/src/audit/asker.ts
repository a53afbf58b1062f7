import type { FastifyRequest } from "fastify";
import type { AuditEntry } from "./contract.ts";

/** Who asks and from where, as the audit log keeps it. */
export function askerOf({
  principal,
  ip,
  id,
}: Pick<FastifyRequest, "principal" | "ip" | "id">): Pick<
  AuditEntry,
  "principal" | "from" | "requestId"
> {
  return {
    principal: principal && {
      id: principal.id,
      name: principal.name,
      via: principal.via,
      credentialId: principal.credentialId,
    },
    from: ip,
    requestId: id,
  };
}
