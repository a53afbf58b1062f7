import type { Principal } from "../identity/principal.ts";

/** One change that somebody made or tried to make. */
export interface AuditEntry {
  /** Undefined: nobody was signed in, as at a sign-in that failed. */
  readonly principal: Pick<Principal, "id" | "name" | "via" | "credentialId"> | undefined;
  /** The Unix user that it was done as, where that is not the principal's own. */
  readonly actingAs?: string;
  /** operationId of the route, or a verb: `signIn`. */
  readonly action: string;
  /** What it was about: `cluster demo`, `job demo/17`. */
  readonly target: string;
  /** Address that the request came from. */
  readonly from: string;
  readonly requestId: string;
  readonly result: "done" | "refused" | "failed";
  /** Without secrets and without contents of files. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface Audit {
  /** Resolves when the entry is durable. */
  write(entry: AuditEntry): Promise<void>;
}
