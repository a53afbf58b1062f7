import { isAtLeast } from "@sluice/api";
import type { UserWorker } from "@sluice/gateway";
import { SluiceError } from "@sluice/model";
import { askerOf } from "../audit/asker.ts";
import type { ServerDeps } from "../deps.ts";
import type { Call } from "../http/handler.ts";
import { roleOf } from "../identity/principal.ts";
import { ownUnixUser } from "../jobs/sight.ts";

export type FileParts = Pick<ServerDeps, "clusters" | "audit">;

/** A call about somebody's files on a cluster. */
export interface FileCall
  extends Pick<Call<never>, "principal" | "request" | "reply" | "signal" | "audit"> {
  readonly params: { readonly cluster: string };
  readonly query: { readonly as?: string | undefined };
}

/**
 * The worker of the caller, or of whom an administrator acts as. That is audited, also where it
 * only reads. Errors: `UNIX_USER_MISSING`, `NOT_ALLOWED`.
 *
 * @param paths for the audit log: never contents.
 */
export async function workerOf(
  parts: FileParts,
  call: FileCall,
  operation: string,
  paths: readonly string[],
): Promise<UserWorker> {
  const { principal, params, query, request, audit } = call;
  const cluster = await parts.clusters.get(params.cluster);
  const target = targetOf(cluster.name, paths);
  audit.target(target);
  const { as } = query;
  if (as === undefined || as === principal.unixUser) {
    const own = ownUnixUser(principal, cluster.name);
    return (await cluster.gateway()).user(own);
  }
  const role = roleOf(principal, { cluster: cluster.name });
  if (role === undefined || !isAtLeast(role, "administrator")) {
    throw new SluiceError("NOT_ALLOWED", "user", `you may not act as ${as}`, {
      hint: "leave out `as`; administrators of the cluster may act as others",
    });
  }
  audit.actingAs(as);
  if (request.method === "GET" || request.method === "HEAD") {
    // The frame writes down what changes something.
    await parts.audit.write({
      ...askerOf(request),
      actingAs: as,
      action: operation,
      target,
      result: "done",
    });
  }
  return (await cluster.gateway()).user(as);
}

const MOST_TARGET = 500;

function targetOf(cluster: string, paths: readonly string[]): string {
  const target = `cluster ${cluster}${paths.map((path) => `, file ${path}`).join("")}`;
  return target
    .replace(/\p{Cc}/gu, "\ufffd")
    .slice(0, MOST_TARGET)
    .toWellFormed();
}
