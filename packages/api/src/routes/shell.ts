import { z } from "zod";
import { type Route, route } from "../route.ts";

const columns = z.int().min(2).max(1000);
const rows = z.int().min(2).max(1000);

export const TERMINAL_END_REASONS = [
  "exited",
  "ended",
  "detached",
  "idle",
  "access-lost",
  "switched-off",
  "lost",
] as const;

export const terminalSchema = z
  .object({
    id: z.uuid(),
    cluster: z.string(),
    unixUser: z.string(),
    openedAt: z.iso.datetime(),
    from: z.string().describe("the address that it was opened from"),
    ended: z
      .object({
        at: z.iso.datetime(),
        reason: z
          .enum(TERMINAL_END_REASONS)
          .describe(
            "exited: its shell ended; ended: that was asked for; detached: nobody was connected for too long; idle: nothing was typed for too long; access-lost: role, account or Unix user were taken away; switched-off: the site has no shell any more; lost: it broke off, or the head was started again",
          ),
        exitCode: z.int().optional().describe("of the shell"),
        signal: z.int().optional().describe("that ended the shell"),
      })
      .optional()
      .describe("missing: it lives"),
  })
  .meta({ id: "Terminal" });
export type TerminalDocument = z.output<typeof terminalSchema>;
export type TerminalEndReason = (typeof TERMINAL_END_REASONS)[number];

const cluster = z.object({ cluster: z.string().min(1).max(60) });
const one = cluster.extend({ terminal: z.uuid() });
const access = { role: "user", on: "cluster", scope: "shell" } as const;

/** What a server says over a terminal's WebSocket, in text messages; output is binary. */
export type TerminalNotice =
  | {
      readonly kind: "attached";
      /** In bytes of the output: where what follows begins. */
      readonly offset: number;
      /** Up to where it was written before. */
      readonly end: number;
      /** Bytes after the offset that was asked for that are kept no longer. */
      readonly missed: number;
    }
  | { readonly kind: "ended"; readonly ended: NonNullable<TerminalDocument["ended"]> }
  /** Another connection has taken the terminal. */
  | { readonly kind: "taken" };

/** What a client says there, in text messages; what is typed is binary. */
export const terminalWishSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("resize"), columns, rows }),
  z.strictObject({
    kind: z.literal("seen"),
    offset: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .describe("up to where the output was shown: no more than 256 KiB come after it"),
  }),
]);
export type TerminalWish = z.output<typeof terminalWishSchema>;

export const shellRoutes = {
  describeShell: route({
    id: "describeShell",
    method: "GET",
    path: "/api/v1/shell",
    summary: "Show whether there are terminals here, and their limits",
    tag: "shell",
    access: { role: "read-only", on: "site", scope: "shell" },
    answer: z.object({
      enabled: z.boolean(),
      idleMinutes: z.int().describe("without anything typed; 0: for ever"),
      detachedMinutes: z.int().describe("without a connection"),
      terminalsOfUser: z.int().describe("at a time, on each cluster"),
    }),
  }),
  listTerminals: route({
    id: "listTerminals",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/shell/terminals",
    summary: "List one's own terminals",
    description: "Those that live, and those that ended in the last day; newest first.",
    tag: "shell",
    access,
    params: cluster,
    answer: z.object({ terminals: z.array(terminalSchema) }),
  }),
  openTerminal: route({
    id: "openTerminal",
    method: "POST",
    path: "/api/v1/clusters/{cluster}/shell/terminals",
    summary: "Open a terminal on the cluster's head",
    description:
      "A login shell as one's own Unix user. It lives until it is ended, its shell ends, or nobody is connected for some minutes.",
    tag: "shell",
    access,
    params: cluster,
    body: z.strictObject({ columns: columns.default(80), rows: rows.default(24) }),
    answer: terminalSchema,
    status: 201,
    problems: { 409: "the cluster is not in service, or there are as many as there may be" },
  }),
  describeTerminal: route({
    id: "describeTerminal",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/shell/terminals/{terminal}",
    summary: "Show one of one's own terminals, also after its end",
    tag: "shell",
    access,
    params: one,
    answer: terminalSchema,
  }),
  endTerminal: route({
    id: "endTerminal",
    method: "DELETE",
    path: "/api/v1/clusters/{cluster}/shell/terminals/{terminal}",
    summary: "End a terminal with everything that was started in it",
    tag: "shell",
    access,
    params: one,
  }),
  connectTerminal: route({
    id: "connectTerminal",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/shell/terminals/{terminal}/connection",
    summary: "Connect to a terminal by a WebSocket",
    description:
      "Binary messages are what is typed, and the output; docs/shell.md has the text messages. Whoever connected before is let go. Browsers have to come from a page of this server.",
    tag: "shell",
    access,
    params: one,
    query: z.object({
      columns: z.coerce.number().pipe(columns).default(80),
      rows: z.coerce.number().pipe(rows).default(24),
      offset: z.coerce
        .number()
        .int()
        .min(0)
        .max(Number.MAX_SAFE_INTEGER)
        .optional()
        .describe("bytes of the output that were seen; missing: the oldest that is kept"),
    }),
    status: 101,
    problems: {
      409: "the terminal has ended, or the cluster is not in service",
      426: "the request is no WebSocket's",
    },
  }),
} satisfies Record<string, Route>;
