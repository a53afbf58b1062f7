import { existsSync } from "node:fs";
import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { HEAD_LAYOUT, UPDATE_UNIT } from "@sluice/boot";
import { clusterStateFile } from "./cluster-state.ts";
import { run } from "./run.ts";

/** Half a minute is what stopping slurmctld gently may take. */
const TIMEOUT_MILLISECONDS = 45_000;

const POSTS = new Set(["fleet-start", "fleet-stop", "resign", "update"]);
const GETS = new Set([
  ...[
    "backups",
    "boots",
    "events",
    "explain",
    "fleet",
    "jobs",
    "lead",
    "metrics",
    "nodes",
    "status",
    "watch",
  ],
]);
/** What the leading process answers, also where the node manager does not run. */
const OF_LEAD: ReadonlySet<string> = new Set(["lead", "resign"]);

/**
 * `sluice-head ctl VERB`: one JSON document on standard output, for programs. `watch` prints one a
 * second, `--count N` of them; `metrics` prints Prometheus's text. Returns the exit code.
 */
export async function ctl(argv: readonly string[]): Promise<number> {
  const [verb = "", ...rest] = argv;
  if (!POSTS.has(verb) && !GETS.has(verb)) {
    return fail(
      "USAGE",
      `unknown verb ${JSON.stringify(verb)}; one of ${[...GETS, ...POSTS].join(", ")}`,
    );
  }
  const option = (name: string): string | undefined => {
    const at = rest.indexOf(name);
    return at < 0 ? undefined : rest[at + 1];
  };
  try {
    if (verb === "update") return await update();
    if (verb === "watch") return await watch(Number(option("--count") ?? Number.POSITIVE_INFINITY));
    if (OF_LEAD.has(verb) && !existsSync(HEAD_LAYOUT.address)) {
      return fail("HEAD_NO_LEADERSHIP", "this cluster has no second head");
    }
    const socketPath = OF_LEAD.has(verb) ? HEAD_LAYOUT.leadSocket : HEAD_LAYOUT.controlSocket;
    const method = POSTS.has(verb) ? "POST" : "GET";
    const { ok, text } = await call(method, pathOf(verb, option), { socketPath });
    process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
    return ok ? 0 : 1;
  } catch (error) {
    return fail(
      "HEAD_UNREACHABLE",
      `the node manager does not answer: ${(error as Error).message}`,
    );
  }
}

function pathOf(verb: string, option: (name: string) => string | undefined): string {
  const names = { events: ["after", "wait"], explain: ["job", "node"] }[verb] ?? [];
  const query = new URLSearchParams();
  for (const name of names) {
    const value = option(`--${name}`);
    if (value !== undefined) query.set(name, value);
  }
  return query.size === 0 ? `/${verb}` : `/${verb}?${query}`;
}

/** Looks at once whether the cluster has another file, and says which one is in force. */
async function update(): Promise<number> {
  const state = clusterStateFile(HEAD_LAYOUT.clusterState).read();
  await run(["systemctl", "start", "--no-block", UPDATE_UNIT]);
  process.stdout.write(`${JSON.stringify({ fileVersion: state?.inForce.version ?? null })}\n`);
  return 0;
}

async function watch(count: number): Promise<number> {
  process.stdout.on("error", () => process.exit(0));
  for (let i = 0; i < count; i++) {
    if (i > 0) await delay(1000);
    const { text } = await call("GET", "/snapshot");
    process.stdout.write(`${text}\n`);
  }
  return 0;
}

function fail(code: string, message: string): number {
  process.stdout.write(`${JSON.stringify({ error: { code, source: "system", message } })}\n`);
  return 1;
}

/** Asks the daemon on this machine; rejects when it does not answer. */
export function call(
  method: string,
  path: string,
  {
    socketPath = HEAD_LAYOUT.controlSocket,
    body,
  }: { readonly socketPath?: string; readonly body?: unknown } = {},
): Promise<{ ok: boolean; text: string }> {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath, path, method, headers, timeout: TIMEOUT_MILLISECONDS },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve({ ok: response.statusCode === 200, text }));
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
