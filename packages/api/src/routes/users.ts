import { z } from "zod";
import { grantSchema, heldGrantSchema } from "../access.ts";
import { pageOf, pageQuery } from "../page.ts";
import { type Route, route } from "../route.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const USER_NAME = /^[a-z0-9_][a-z0-9_.@+-]{0,119}$/;

/** What people sign in with: lower case, no spaces, and no id of anything. */
export function isUserName(name: string): boolean {
  return USER_NAME.test(name) && !UUID.test(name);
}

export const userNameSchema = z
  .string()
  .regex(USER_NAME, "lower case letters, digits and . _ - @ +")
  .refine((name) => !UUID.test(name), "a name that is no UUID");
const groupNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_. -]{0,59}$/, "letters, digits, spaces and . _ -");
const unixUserSchema = z.string().min(1).max(32);
const grants = z.array(grantSchema).max(100);

export const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  displayName: z.string().optional(),
  email: z.string().optional(),
  unixUser: z.string().optional(),
  source: z.string().describe("`local`, or the name of the directory or provider"),
  disabled: z.boolean(),
  grants: z.array(heldGrantSchema).describe("given here"),
  grantsOfSource: z
    .array(heldGrantSchema)
    .describe("by the directory's groups, as of the last sign-in"),
  groups: z.array(z.string()),
  hasPassword: z.boolean(),
  createdAt: z.string(),
  lastSignInAt: z.string().optional(),
});
export type User = z.output<typeof userSchema>;

export const groupSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  grants: z.array(heldGrantSchema),
  members: z.array(z.string()).describe("names of users"),
});
export type Group = z.output<typeof groupSchema>;

export const linkSchema = z.object({ url: z.string(), expiresAt: z.string() });

const user = z.object({ user: z.string().min(1).max(120).describe("name or id") });
const group = z.object({ group: z.string().min(1).max(60).describe("name or id") });
const reading = { role: "administrator", on: "site", scope: "users:read" } as const;
const writing = { role: "administrator", on: "site", scope: "users:write" } as const;

export const usersRoutes = {
  listUsers: route({
    id: "listUsers",
    method: "GET",
    path: "/api/v1/users",
    summary: "List users",
    tag: "users",
    access: reading,
    query: pageQuery.extend({ search: z.string().max(120).optional() }),
    answer: pageOf(userSchema),
  }),
  createUser: route({
    id: "createUser",
    method: "POST",
    path: "/api/v1/users",
    summary: "Create a local user",
    description: "The answer has a link by which that person sets a password, once, within a day.",
    tag: "users",
    access: writing,
    body: z.strictObject({
      name: userNameSchema,
      displayName: z.string().max(200).optional(),
      email: z.email().max(200).optional(),
      unixUser: unixUserSchema.optional(),
      grants: grants.default([]),
      groups: z.array(groupNameSchema).max(100).default([]),
    }),
    answer: z.object({ user: userSchema, link: linkSchema }),
    status: 201,
    problems: { 409: "the name is taken" },
  }),
  getUser: route({
    id: "getUser",
    method: "GET",
    path: "/api/v1/users/{user}",
    summary: "Show a user",
    tag: "users",
    access: reading,
    params: user,
    answer: userSchema,
  }),
  updateUser: route({
    id: "updateUser",
    method: "PATCH",
    path: "/api/v1/users/{user}",
    summary: "Change a user",
    description: "Disabling ends that person's sessions and tokens at once. `null` takes away.",
    tag: "users",
    access: writing,
    params: user,
    body: z.strictObject({
      displayName: z.string().max(200).nullable().optional(),
      email: z.email().max(200).nullable().optional(),
      unixUser: unixUserSchema.nullable().optional(),
      disabled: z.boolean().optional(),
      grants: grants.optional().describe("instead of those that were given"),
      groups: z.array(groupNameSchema).max(100).optional(),
    }),
    answer: userSchema,
    problems: { 409: "it would leave no administrator" },
  }),
  deleteUser: route({
    id: "deleteUser",
    method: "DELETE",
    path: "/api/v1/users/{user}",
    summary: "Delete a user",
    tag: "users",
    access: writing,
    params: user,
    problems: { 409: "it would leave no administrator" },
  }),
  createUserLink: route({
    id: "createUserLink",
    method: "POST",
    path: "/api/v1/users/{user}/link",
    summary: "Make a one-time link to set a password",
    description: "Links that were made before and were not used end.",
    tag: "users",
    access: writing,
    params: user,
    answer: linkSchema,
    status: 201,
  }),
  endUserSessions: route({
    id: "endUserSessions",
    method: "DELETE",
    path: "/api/v1/users/{user}/sessions",
    summary: "Sign a user out everywhere",
    tag: "users",
    access: writing,
    params: user,
  }),
  listGroups: route({
    id: "listGroups",
    method: "GET",
    path: "/api/v1/groups",
    summary: "List groups",
    tag: "groups",
    access: reading,
    answer: z.object({ items: z.array(groupSchema) }),
  }),
  createGroup: route({
    id: "createGroup",
    method: "POST",
    path: "/api/v1/groups",
    summary: "Create a group",
    tag: "groups",
    access: writing,
    body: z.strictObject({
      name: groupNameSchema,
      description: z.string().max(500).default(""),
      grants: grants.default([]),
    }),
    answer: groupSchema,
    status: 201,
    problems: { 409: "the name is taken" },
  }),
  updateGroup: route({
    id: "updateGroup",
    method: "PATCH",
    path: "/api/v1/groups/{group}",
    summary: "Change a group",
    tag: "groups",
    access: writing,
    params: group,
    body: z.strictObject({
      description: z.string().max(500).optional(),
      grants: grants.optional(),
      members: z.array(z.string().max(120)).max(10_000).optional(),
    }),
    answer: groupSchema,
    problems: { 409: "it would leave no administrator" },
  }),
  deleteGroup: route({
    id: "deleteGroup",
    method: "DELETE",
    path: "/api/v1/groups/{group}",
    summary: "Delete a group",
    tag: "groups",
    access: writing,
    params: group,
    problems: { 409: "it would leave no administrator" },
  }),
} satisfies Record<string, Route>;
