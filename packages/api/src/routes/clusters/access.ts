import { z } from "zod";

/** Who may ask about clusters, and what. */

export const cluster = z.object({ cluster: z.string().min(1).max(60) });
export const seeing = { role: "read-only", on: "cluster", scope: "clusters:read" } as const;
export const seeingAll = { role: "read-only", on: "site", scope: "clusters:read" } as const;
export const operating = { role: "operator", on: "cluster", scope: "clusters:write" } as const;
export const inspecting = { role: "operator", on: "cluster", scope: "clusters:read" } as const;
export const changing = { role: "administrator", on: "cluster", scope: "clusters:write" } as const;
export const making = { role: "administrator", on: "site", scope: "clusters:write" } as const;
