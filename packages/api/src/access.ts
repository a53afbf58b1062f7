import { z } from "zod";

/**
 * What people may do, each more than the one before. `read-only` sees; `user` submits and acts on
 * what is theirs; `operator` acts on everybody's jobs, machines and fleets; `administrator` also makes,
 * changes and deletes clusters and users.
 */
export const ROLES = ["read-only", "user", "operator", "administrator"] as const;
export type Role = (typeof ROLES)[number];
export const roleSchema = z.enum(ROLES);

export function isAtLeast(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** What a token may be made for. A token has never more than its owner. */
export const SCOPES = [
  "jobs:read",
  "jobs:write",
  "files:read",
  "files:write",
  "clusters:read",
  "clusters:write",
  "applications:read",
  "applications:write",
  "runs:read",
  "runs:write",
  "triggers:read",
  "triggers:write",
  "slurm:read",
  "slurm:write",
  "shell",
  "users:read",
  "users:write",
  "tokens:read",
  "tokens:write",
  "audit:read",
  "metrics:read",
] as const;
export type Scope = (typeof SCOPES)[number];
export const scopeSchema = z.enum(SCOPES);

/** A role, where it is held. `*` stands for every cluster and for every account of Slurm's. */
export const grantSchema = z.strictObject({
  role: roleSchema,
  cluster: z.string().min(1).max(60).default("*"),
  account: z.string().min(1).max(60).default("*"),
});
export type Grant = z.output<typeof grantSchema>;

/** A grant as answers tell it. */
export const heldGrantSchema = z.object({
  role: roleSchema,
  cluster: z.string(),
  account: z.string(),
});
