import { z } from "zod";
import { heldGrantSchema, scopeSchema } from "../access.ts";
import { type Route, route } from "../route.ts";
import { createdTokenSchema, tokenWish } from "./tokens.ts";

/** What people sign in with; a directory may have other rules than ours. */
export const passwordSchema = z.string().min(1).max(1024);
/** Of a local account, when it is set. */
export const newPasswordSchema = z.string().min(12).max(1024);
const nameSchema = z.string().min(1).max(120);

/** Who is asking, and what that person may do. */
export const meSchema = z.object({
  id: z.string(),
  name: z.string(),
  displayName: z.string().optional(),
  email: z.string().optional(),
  unixUser: z.string().optional().describe("who this is on clusters; missing: nobody"),
  grants: z.array(heldGrantSchema),
  groups: z.array(z.string()),
  via: z.enum(["session", "token", "one-time-link"]),
  scopes: z.array(scopeSchema).optional().describe("of a token"),
  hasPassword: z
    .boolean()
    .describe("whether this server keeps the password, so that it can change"),
  csrfToken: z
    .string()
    .optional()
    .describe("of a session: goes into the header X-Sluice-CSRF of every change"),
});
export type Me = z.output<typeof meSchema>;

const linkToken = z.string().min(1).max(200);
const base64url = z.string().regex(/^[\w-]{43}$/);

export const authenticationRoutes = {
  listSignInProviders: route({
    id: "listSignInProviders",
    method: "GET",
    path: "/api/v1/session/providers",
    summary: "List the ways to sign in",
    tag: "session",
    access: { role: "anyone", on: "site" },
    answer: z.object({
      password: z.boolean(),
      oidc: z.array(z.object({ name: z.string(), title: z.string() })),
    }),
  }),
  signIn: route({
    id: "signIn",
    method: "POST",
    path: "/api/v1/session",
    summary: "Sign in with name and password",
    description: "Sets the session's cookie. A session that the request came with ends.",
    tag: "session",
    access: { role: "anyone", on: "site" },
    body: z.strictObject({ name: nameSchema, password: passwordSchema }),
    answer: meSchema,
    problems: { 503: "the directory that knows people is away" },
  }),
  getSession: route({
    id: "getSession",
    method: "GET",
    path: "/api/v1/session",
    summary: "Show who is signed in",
    tag: "session",
    access: { role: "anyone", on: "site" },
    answer: meSchema,
  }),
  signOut: route({
    id: "signOut",
    method: "DELETE",
    path: "/api/v1/session",
    summary: "Sign out",
    tag: "session",
    access: { role: "anyone", on: "site" },
    query: z.object({
      everywhere: z
        .enum(["true", "false"])
        .default("false")
        .describe("end every session of this person"),
    }),
  }),
  changePassword: route({
    id: "changePassword",
    method: "PUT",
    path: "/api/v1/session/password",
    summary: "Change one's own password",
    description: "Other sessions of this person end.",
    tag: "session",
    access: { role: "anyone", on: "site" },
    body: z.strictObject({ current: passwordSchema, password: newPasswordSchema }),
  }),
  signInForToken: route({
    id: "signInForToken",
    method: "POST",
    path: "/api/v1/session/token",
    summary: "Sign in for a token instead of a session",
    description:
      "For programs: with name and password, or with what the loopback redirect brought.",
    tag: "session",
    access: { role: "anyone", on: "site" },
    body: z.strictObject({
      by: z.discriminatedUnion("is", [
        z.strictObject({ is: z.literal("password"), name: nameSchema, password: passwordSchema }),
        z.strictObject({ is: z.literal("code"), code: base64url, verifier: base64url }),
      ]),
      token: tokenWish,
    }),
    answer: createdTokenSchema.extend({ user: z.string() }),
    status: 201,
    problems: { 503: "the directory that knows people is away" },
  }),
  startOidc: route({
    id: "startOidc",
    method: "GET",
    path: "/api/v1/session/oidc/{provider}",
    summary: "Sign in with OpenID Connect",
    description: "Leads the browser to the provider.",
    tag: "session",
    access: { role: "anyone", on: "site" },
    params: z.object({ provider: z.string().min(1).max(60) }),
    query: z.object({
      returnTo: z.string().max(500).optional().describe("a path of this server to end at"),
      port: z.coerce
        .number()
        .int()
        .min(1024)
        .max(65_535)
        .optional()
        .describe("of a program on this machine, which then gets a code at 127.0.0.1"),
      challenge: base64url.optional().describe("S256 of that program's verifier"),
      state: z.string().max(200).optional().describe("handed back to that program"),
    }),
    status: 302,
  }),
  finishOidc: route({
    id: "finishOidc",
    method: "GET",
    path: "/api/v1/session/oidc/{provider}/callback",
    summary: "Where the OpenID Connect provider leads back to",
    tag: "session",
    access: { role: "anyone", on: "site" },
    params: z.object({ provider: z.string().min(1).max(60) }),
    query: z.looseObject({ state: z.string().max(200), code: z.string().max(4000).optional() }),
    status: 302,
  }),
  showLink: route({
    id: "showLink",
    method: "POST",
    path: "/api/v1/session/link/show",
    summary: "Show what a one-time link is for",
    tag: "session",
    access: { role: "anyone", on: "site" },
    body: z.strictObject({ token: linkToken }),
    answer: z.object({
      purpose: z.enum(["first", "invite", "reset"]),
      name: z.string().optional().describe("missing for the first administrator, who chooses it"),
      expiresAt: z.string(),
    }),
    keepsHistory: true,
  }),
  useLink: route({
    id: "useLink",
    method: "POST",
    path: "/api/v1/session/link",
    summary: "Use a one-time link: set a password and sign in",
    tag: "session",
    access: { role: "anyone", on: "site" },
    body: z.strictObject({
      token: linkToken,
      password: newPasswordSchema,
      name: nameSchema.optional().describe("of the first administrator"),
      unixUser: z.string().max(32).optional().describe("of the first administrator, on clusters"),
    }),
    answer: meSchema,
  }),
} satisfies Record<string, Route>;
