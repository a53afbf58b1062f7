import { z } from "zod";
import { SCOPES, scopeSchema } from "../access.ts";
import { type Route, route } from "../route.ts";

/** What a token is asked for with. */
export const tokenWish = z.strictObject({
  name: z.string().trim().min(1).max(120),
  scopes: z.array(scopeSchema).min(1).max(SCOPES.length).optional().describe("missing: all"),
  clusters: z.array(z.string().min(1).max(60)).min(1).max(50).optional().describe("missing: all"),
  expiresInDays: z.number().int().min(1).max(3650).optional(),
});
export type TokenWish = z.output<typeof tokenWish>;

export const tokenSchema = z.object({
  id: z.string(),
  user: z.string(),
  name: z.string(),
  scopes: z.array(scopeSchema),
  clusters: z.array(z.string()).optional().describe("missing: all"),
  createdAt: z.string(),
  expiresAt: z.string(),
  lastUsedAt: z.string().optional(),
});
export type Token = z.output<typeof tokenSchema>;

export const createdTokenSchema = tokenSchema.extend({
  token: z.string().describe("shown this once"),
});
export type CreatedToken = z.output<typeof createdTokenSchema>;

export const tokensRoutes = {
  listTokens: route({
    id: "listTokens",
    method: "GET",
    path: "/api/v1/tokens",
    summary: "List tokens",
    tag: "tokens",
    access: { role: "read-only", on: "site", scope: "tokens:read" },
    query: z.object({
      user: z.string().max(120).optional().describe("another person's, for administrators"),
    }),
    answer: z.object({ items: z.array(tokenSchema) }),
  }),
  createToken: route({
    id: "createToken",
    method: "POST",
    path: "/api/v1/tokens",
    summary: "Create a token",
    description:
      "A token that is asked for with another has never more than that one: neither scopes nor clusters nor days.",
    tag: "tokens",
    access: { role: "read-only", on: "site", scope: "tokens:write" },
    body: tokenWish,
    answer: createdTokenSchema,
    status: 201,
  }),
  revokeToken: route({
    id: "revokeToken",
    method: "DELETE",
    path: "/api/v1/tokens/{token}",
    summary: "Revoke a token and those that were made with it",
    tag: "tokens",
    access: { role: "anyone", on: "site" },
    params: z.object({ token: z.string().max(60).describe("its id, or `this`") }),
  }),
} satisfies Record<string, Route>;
