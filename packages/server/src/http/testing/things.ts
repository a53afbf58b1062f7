import { pageQuery, route } from "@sluice/api";
import { SluiceError } from "@sluice/model";
import { z } from "zod";
import { implement } from "../handler.ts";
import { person } from "./frame.ts";

/** One of each kind. */
export const PEOPLE = {
  root: person("root", [{ role: "administrator", cluster: "*", account: "*" }]),
  metrics: person(
    "metrics",
    [{ role: "operator", cluster: "*", account: "*" }],
    ["metrics:read", "jobs:read"],
  ),
  ada: person("ada", [{ role: "user", cluster: "demo", account: "physics" }]),
  nobody: person("nobody", []),
};

const listThings = route({
  id: "listThings",
  method: "GET",
  path: "/api/v1/clusters/{cluster}/things",
  summary: "List things",
  tag: "things",
  access: { role: "read-only", on: "cluster", scope: "jobs:read" },
  params: z.object({ cluster: z.string().max(40) }),
  query: pageQuery.extend({ state: z.array(z.string()).optional() }),
  answer: z.unknown(),
});

const changeThing = route({
  id: "changeThing",
  method: "POST",
  path: "/api/v1/clusters/{cluster}/things/{thing}",
  summary: "Change a thing",
  tag: "things",
  access: { role: "user", on: "cluster", scope: "jobs:write" },
  params: z.object({ cluster: z.string().max(40), thing: z.string() }),
  body: z.strictObject({ how: z.enum(["well", "badly", "refused"]), note: z.string().optional() }),
  answer: z.unknown(),
  isIdempotentByKey: true,
});

const deleteThing = route({
  id: "deleteThing",
  method: "DELETE",
  path: "/api/v1/things/{thing}",
  summary: "Delete a thing",
  tag: "things",
  access: { role: "administrator", on: "site" },
  params: z.object({ thing: z.string() }),
});

const putBytes = route({
  id: "putBytes",
  method: "PUT",
  path: "/api/v1/bytes",
  summary: "Count bytes",
  tag: "things",
  access: { role: "user", on: "site" },
  takes: "bytes",
  answer: z.unknown(),
});

/** Operations of every shape that the frame treats differently. */
export const IMPLEMENTATIONS = [
  implement(listThings, async ({ query, params }) => ({ ...params, ...query })),
  implement(changeThing, async ({ body, audit, idempotencyKey }) => {
    audit.detail({ how: body.how });
    if (body.how === "badly") throw new Error("hunter2 at /etc/secret");
    if (body.how === "refused") throw new SluiceError("THING_BUSY", "user", "it is busy");
    return { idempotencyKey };
  }),
  implement(deleteThing, async ({ audit }) => {
    audit.target("the thing");
    return undefined;
  }),
  implement(putBytes, async ({ request }) => {
    let count = 0;
    for await (const chunk of request.body as AsyncIterable<Uint8Array>) count += chunk.length;
    return { count };
  }),
];
