import { isAtLeast, ROLES, ROUTES, type Route, SCOPES, tokensRoutes } from "@sluice/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectUnharmed } from "./probes/after.ts";
import { asked, isChange, type Operation, operations } from "./probes/operations.ts";
import { faultsOf, JSON_TYPE, type Probe } from "./probes/probe.ts";
import { jsonOf, sampleOf } from "./probes/samples.ts";
import { makeThings, type Things } from "./probes/things.ts";
import { JOB_NAME, SECRET } from "./probes/verdict.ts";
import { send } from "./probes/wire.ts";
import { clientOf, PEOPLE, type Person, siteOfServer } from "./site.ts";

let all: readonly Operation[] = [];
let bens: Things;
const tokens: string[] = [];

beforeAll(async () => {
  all = await operations();
  bens = await makeThings("ben", SECRET, JOB_NAME);
});

afterAll(async () => {
  await bens.remove();
  for (const token of tokens) {
    await clientOf("admin").call(tokensRoutes.revokeToken, { params: { token } });
  }
});

const guarded = () => all.filter(({ isOpen }) => !isOpen);
const routeOf = ({ of, id }: Operation): Route | undefined =>
  of === "sluice" ? Object.values<Route>(ROUTES).find((one) => one.id === id) : undefined;

/** A body as the operation wants it, where it wants one. */
function bodyOf({ body, method }: Operation): Pick<Probe, "body" | "headers"> {
  if (body === undefined || method === "GET") return {};
  if (body.media !== "application/json") {
    const tus = [
      ["upload-length", "1"],
      ["upload-offset", "0"],
      ["tus-resumable", "1.0.0"],
    ] as const;
    return { body: "x", headers: [["content-type", "application/offset+octet-stream"], ...tus] };
  }
  return { body: jsonOf(sampleOf(body.schema, body.document)), headers: [JSON_TYPE] };
}

test("what the contract has is served, and nothing else", () => {
  const served = all.filter(({ of }) => of === "sluice").map(({ id }) => id);
  const known = Object.values(ROUTES).map(({ id }) => id);
  expect(served.toSorted()).toEqual(known.toSorted());
});

/** Of what is nobody's. */
const NO_CREDENTIALS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  nothing: [],
  "a token that is none": [["authorization", "Bearer slu_wrong"]],
  "another scheme": [["authorization", "Basic YWRtaW46YWRtaW4="]],
  "no scheme": [["authorization", "slu_wrong"]],
  "a cookie": [["cookie", "sluice_session=x; __Host-sluice_session=x; session=x"]],
  "a name alone": [["x-slurm-user-name", "ada"]],
  // {"alg":"none"}.{"sun":"ada","exp":9999999999}
  "an unsigned token of Slurm's": [
    ["x-slurm-user-name", "ada"],
    ["x-slurm-user-token", "eyJhbGciOiJub25lIn0.eyJzdW4iOiJhZGEiLCJleHAiOjk5OTk5OTk5OTl9."],
  ],
  "who a proxy would name": [
    ["x-remote-user", "admin"],
    ["x-forwarded-user", "admin"],
    ["x-forwarded-for", "127.0.0.1"],
  ],
};

test("whoever is nobody gets nothing", async () => {
  const probes = guarded().flatMap((operation) =>
    Object.entries(NO_CREDENTIALS).map(
      ([what, headers]): Probe => ({
        ...{ what, operation, path: asked(operation, "x"), expected: [401] },
        ...bodyOf(operation),
        headers: [...headers, ...(bodyOf(operation).headers ?? [])],
      }),
    ),
  );
  expect(await faultsOf(probes)).toEqual([]);
});

test("and nothing by way of a cluster's name", async () => {
  const probes = all
    .filter(({ of, path }) => of === "slurm" && path.includes("v0.0.42"))
    .map((operation): Probe => {
      const path = `/clusters/demo${asked(operation, "x")}`;
      return { what: "demo", operation, path, expected: [401], ...bodyOf(operation) };
    });
  expect(await faultsOf(probes)).toEqual([]);
});

test("a link to a cluster's file is good as it was given, and not otherwise", async () => {
  const place = "/v3/clusters/demo?region=local";
  const { clusterConfiguration } = JSON.parse((await send({ path: place, person: "admin" })).body);
  const url = new URL(clusterConfiguration.url as string);
  const good = `${url.pathname}${url.search}`;
  expect((await send({ path: good })).body).toContain("Scheduling:");
  const changed = [
    url.pathname,
    good.replace("/demo/", "/other/"),
    good.replace(/\/\d+\?/, "/99?"),
    good.replace(/\d{10,}/, "9999999999999"),
    `${good}x`,
    good.slice(0, -2),
    good.replace("/demo/", "/%64emo%2f..%2fdemo/"),
    "/v3/images/configuration/local/../../clusters/demo/configuration/1",
  ];
  for (const path of changed) {
    const { status, body } = await send({ path });
    expect([path, [401, 403, 404].includes(status)]).toEqual([path, true]);
    expect(body).not.toContain("Scheduling:");
  }
});

test("whose role is too small is refused", async () => {
  const people = Object.entries(PEOPLE).filter(([, { role }]) => role !== "administrator");
  const probes = people.flatMap(([name, { role }]) =>
    all
      .filter((operation) => {
        const least = routeOf(operation)?.access.role;
        if (least === "anyone" || operation.isOpen) return false;
        if (least !== undefined) return !isAtLeast(role, least);
        if (!isChange(operation)) return false;
        return role === "read-only" || operation.of === "parallelcluster";
      })
      .map(
        (operation): Probe => ({
          ...{ what: name, operation, person: name as Person, expected: [403, 404] },
          path: asked(operation, "x"),
          ...bodyOf(operation),
        }),
      ),
  );
  expect(probes.length).toBeGreaterThan(ROLES.length * 10);
  expect(await faultsOf(probes)).toEqual([]);
});

test("a token does what it was made for and nothing else", async () => {
  const probes: Probe[] = [];
  for (const scope of ["metrics:read", "audit:read"] as const) {
    const made = await clientOf("admin").call(tokensRoutes.createToken, {
      body: { name: `probe ${scope}`, expiresInDays: 1, scopes: [scope] },
    });
    tokens.push(made.id);
    for (const operation of all) {
      const route = routeOf(operation);
      if (operation.isOpen || route?.access.scope === scope) continue;
      if (route !== undefined && route.access.scope === undefined) continue;
      const { body, headers = [] } = bodyOf(operation);
      probes.push({
        ...{ what: scope, operation, path: asked(operation, "x"), expected: [403] },
        headers: [["authorization", `Bearer ${made.token}`], ...headers],
        ...(body === undefined ? {} : { body }),
      });
    }
  }
  expect(probes.length).toBeGreaterThan(SCOPES.length);
  expect(await faultsOf(probes)).toEqual([]);
});

/** Names nothing, and is a name for all that has one. */
const UNKNOWN = "00000000-0000-4000-8000-000000000000";

test("a cluster of which one may know nothing is not there", async () => {
  const probes = all.flatMap((operation) => {
    const { of, id, path, isOpen } = operation;
    if (isOpen || of === "parallelcluster") return [];
    const isOfOne = path.includes("{cluster}");
    if (of === "sluice" && !isOfOne) return [];
    const there = `${isOfOne ? "" : "/clusters/elsewhere"}${asked(operation, UNKNOWN, "elsewhere")}`;
    // Of what it may be asked by, one has to be there: no document can say that.
    const expected = id === "explain" ? [400] : of === "slurm" ? [404] : [403, 404];
    return [
      {
        what: "elsewhere",
        operation,
        person: "ben",
        path: there,
        expected,
        ...bodyOf(operation),
      } as const,
    ];
  });
  expect(await faultsOf(probes)).toEqual([]);
});

test("what is another's is not there, and nothing is told of it", async () => {
  const whole = (path: string, words: Things["words"]) =>
    path
      .replaceAll("{cluster}", "demo")
      .replaceAll(/\{([^}]+)\}/g, (_, name) => words[name] ?? "x");
  const probes = all.flatMap((operation) => {
    const { path, query, isOpen, id } = operation;
    if (isOpen && id !== "revokeToken") return [];
    const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => name);
    const isOfOne = names.some((name) => name in bens.words);
    const there = whole(path, bens.words);
    const common = { operation, ...bodyOf(operation) };
    const places = { path: bens.file, folder: bens.folder, from: bens.file, stdout: bens.file };
    const search = new URLSearchParams({
      ...Object.fromEntries(operation.needed),
      ...Object.fromEntries(Object.entries(places).filter(([name]) => query.includes(name))),
    });
    if (path.includes("{run}")) search.set("path", "inputs/input");
    const probes: Probe[] = [];
    for (const person of ["ada", "rita"] as const) {
      probes.push({
        ...{
          ...common,
          what: `by ${person}`,
          person,
          path: `${there}?${operation.of === "sluice" ? search : ""}`,
        },
        // 423: two of these at the same upload, both of the one who may not.
        ...(isOfOne && operation.of === "sluice" ? { expected: [403, 404, 423] } : {}),
      });
      if (!query.includes("as")) continue;
      search.set("as", "ben");
      probes.push({
        ...{ ...common, what: `as ben by ${person}`, person, path: `${there}?${search}` },
        expected: [403, 404, 423],
      });
    }
    if (operation.of === "slurm") {
      const headers = [["x-slurm-user-name", "ben"], ...(common.headers ?? [])] as const;
      probes.push({
        ...common,
        what: "as ben",
        person: "ada",
        path: there,
        headers,
        expected: [403],
      });
    }
    return probes;
  });
  expect(await faultsOf(probes)).toEqual([]);
  const bodies = { rename: "from", copy: "from" };
  for (const [verb, field] of Object.entries(bodies)) {
    const body = JSON.stringify({ from: "/home/ada/x", to: "/home/ada/y", [field]: bens.file });
    const path = `/api/v1/clusters/demo/files/${verb}`;
    const answer = await send({ method: "POST", path, person: "ada", headers: [JSON_TYPE], body });
    expect([403, 404]).toContain(answer.status);
  }
});

test("after all this, what is ben's is as it was", async () => {
  const { cluster } = siteOfServer();
  expect(await cluster.ok("ben", `cat ${bens.file}`)).toBe(SECRET);
  const state = await cluster.ok("root", `squeue -h -j ${bens.words.job} -o '%u %T %r %j'`);
  expect(state).toBe(`ben PENDING JobHeldUser ${JOB_NAME}`);
  for (const path of [
    `/api/v1/runs/${bens.words.run}`,
    `/api/v1/applications/${bens.words.application}`,
    `/api/v1/triggers/${bens.words.trigger}`,
    "/api/v1/tokens",
  ]) {
    const answer = await send({ path, person: "ben" });
    expect([answer.status, path]).toEqual([200, path]);
    expect(answer.body).toContain(SECRET);
  }
  await expectUnharmed();
});
