/*
 * The portal over a job cache of 100,000 jobs, in this process. It answers what the page of jobs
 * asks, as the server does; the address stands on standard output when the jobs are read.
 */
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { jobsRoutes, type Me } from "@sluice/api";
import { createJobCache, type JobSort, shownJob } from "@sluice/jobs";
import { gateway, JOBS } from "./many-jobs.ts";

const [folder = ""] = process.argv.slice(2);
const clusters = new Map([["bench", "all" as const]]);
const cache = createJobCache({
  clusters: { list: async () => [{ name: "bench", gateway: async () => gateway }] },
  clock: {
    now: () => new Date(),
    sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => {}),
  },
});
while (cache.status()[0]?.jobs !== JOBS) await delay(20);

const me: Me = {
  ...{ id: "1", name: "olga", unixUser: "olga", groups: [], via: "session", hasPassword: true },
  grants: [{ role: "operator", cluster: "*", account: "*" }],
};

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://localhost");
  if (url.pathname === "/api/v1/jobs") void jobs(url.searchParams, response);
  else if (url.pathname === "/api/v1/session") json(response, me);
  else if (url.pathname === "/api/v1/events") {
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  } else if (url.pathname.startsWith("/api/")) response.writeHead(404).end();
  else file(url.pathname, response);
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${port}\n`);
});

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function jobs(params: URLSearchParams, response: ServerResponse): Promise<void> {
  const lists = ["state", "cluster", "user", "account", "partition", "qos"];
  const asked = jobsRoutes.listAllJobs.query?.parse(
    Object.fromEntries(
      [...new Set(params.keys())].map((name) => [
        name,
        lists.includes(name) ? params.getAll(name) : params.get(name),
      ]),
    ),
  );
  if (asked === undefined) return;
  const found = await cache.search({
    clusters,
    filter: {
      ...(asked.text === undefined ? {} : { text: asked.text }),
      ...(asked.state === undefined ? {} : { states: asked.state }),
    },
    sort: asked.sort as JobSort,
    isDescending: asked.order !== "ascending",
    limit: asked.limit,
    ...(asked.cursor === undefined ? {} : { cursor: asked.cursor }),
  });
  const now = new Date();
  json(response, {
    items: found.jobs.map((job) => shownJob(job, now)),
    next: found.next,
    total: found.total,
    totals: found.totals,
    status: [{ cluster: "bench", queueAt: now.toISOString() }],
  });
}

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** Compressed where the build did so, as browsers ask for it. */
function file(path: string, response: ServerResponse): void {
  const name = path.startsWith("/assets/") || path.endsWith(".svg") ? path : "/index.html";
  const type = TYPES[extname(name)] ?? "text/html";
  const whole = join(folder, name);
  const [content, encoding] = readFirst(`${whole}.br`) ??
    readFirst(whole) ?? [undefined, undefined];
  if (content === undefined) {
    response.writeHead(404).end();
    return;
  }
  response
    .writeHead(200, {
      "content-type": type,
      "content-length": content.length,
      ...(encoding === "br" ? { "content-encoding": "br" } : {}),
    })
    .end(content);
}

function readFirst(path: string): readonly [Buffer, "br" | "plain"] | undefined {
  try {
    return [readFileSync(path), path.endsWith(".br") ? "br" : "plain"];
  } catch {
    return undefined;
  }
}
