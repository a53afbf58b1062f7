import {
  applicationsRoutes,
  isAtLeast,
  ROUTES,
  type Role,
  type Route,
  runsRoutes,
  tokensRoutes,
  triggersRoutes,
  usersRoutes,
} from "@sluice/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectUnharmed } from "./probes/after.ts";
import { HOSTILE_HEADERS, HOSTILE_VALUES, HOSTILE_WORDS, SHELL_VALUES } from "./probes/hostile.ts";
import { asked, filled, type Operation, operations } from "./probes/operations.ts";
import { faultsOf, JSON_TYPE, type Probe } from "./probes/probe.ts";
import { broken, jsonOf, placesIn, sampleOf } from "./probes/samples.ts";
import { makeThings, type Things } from "./probes/things.ts";
import { clientOf, type Person } from "./site.ts";

/** Of those that ask: what has no name of a person in it is found by that. */
const WORDS = "adas-own-words-1b7e";

let all: readonly Operation[] = [];
let adas: Things;
let before: ReadonlySet<string>;

beforeAll(async () => {
  all = await operations();
  before = new Set((await made()).map(({ id }) => id));
  adas = await makeThings("ada", WORDS, WORDS);
});

afterAll(async () => {
  await adas.remove().catch(() => {});
  for (const { id, remove } of await made()) if (!before.has(id)) await remove();
});

/** Some of the hostile bodies are good ones, and make what they say. */
async function made() {
  const [ada, admin] = [clientOf("ada"), clientOf("admin")];
  const [applications, runs, triggers, tokens, users, groups] = await Promise.all([
    ada.call(applicationsRoutes.listApplications, {}),
    ada.call(runsRoutes.listRuns, { query: { limit: "1000" } }),
    ada.call(triggersRoutes.listTriggers, {}),
    ada.call(tokensRoutes.listTokens, {}),
    admin.call(usersRoutes.listUsers, {}),
    admin.call(usersRoutes.listGroups, {}),
  ]);
  return [
    ...applications.items.map(({ name: application }) => ({
      id: application,
      remove: () => ada.call(applicationsRoutes.deleteApplication, { params: { application } }),
    })),
    ...runs.items.map(({ id: run }) => ({
      id: run,
      remove: () => ada.call(runsRoutes.deleteRun, { params: { run } }),
    })),
    ...triggers.items.map(({ id: trigger }) => ({
      id: trigger,
      remove: () => ada.call(triggersRoutes.removeTrigger, { params: { trigger } }),
    })),
    ...tokens.items.map(({ id: token }) => ({
      id: token,
      remove: () => ada.call(tokensRoutes.revokeToken, { params: { token } }),
    })),
    ...users.items.map(({ id: user }) => ({
      id: user,
      remove: () => admin.call(usersRoutes.deleteUser, { params: { user } }),
    })),
    ...groups.items.map(({ id: group }) => ({
      id: group,
      remove: () => admin.call(usersRoutes.deleteGroup, { params: { group } }),
    })),
  ];
}

/** Signing in wrongly shuts this address out, and so the tests after these. */
const isOfSigningIn = ({ id }: Operation): boolean =>
  ["signIn", "signInForToken", "changePassword", "signOut"].includes(id);

/** The newest version stands for the others here: what looks at requests is the same for all. */
const isOfOldSlurm = ({ of, path }: Operation): boolean =>
  of === "slurm" && !path.includes("v0.0.42");

/** So many of them, from all over; all of them for whoever has the time. */
function someOf<T>(items: readonly T[], most: number): readonly T[] {
  if (process.env.SLUICE_PROBES === "all" || items.length <= most) return items;
  const step = items.length / most;
  return Array.from({ length: most }, (_, i) => items[Math.floor(i * step)] as T);
}

/**
 * Who is let through to where values are looked at, and the cluster: none that there is for whoever
 * could do it harm.
 */
function askedBy({ of, id, method }: Operation): { person: Person; cluster: string } {
  const route = Object.values<Route>(ROUTES).find((one) => one.id === id);
  if (of !== "sluice" || !isAtLeast(leastOf(route), "operator")) {
    return { person: "ada", cluster: "demo" };
  }
  return { person: "admin", cluster: method === "GET" ? "demo" : "nowhere" };
}

function leastOf(route: Route | undefined): Role {
  const role = route?.access.role ?? "anyone";
  return role === "anyone" ? "read-only" : role;
}

const label = (value: unknown) => JSON.stringify(value).slice(0, 50);

test("what stands in a path or a query is looked at before it is used", async () => {
  function* probes(): Iterable<Probe> {
    for (const operation of all) {
      const { path, query, of } = operation;
      if (isOfSigningIn(operation) || isOfOldSlurm(operation)) continue;
      const { person, cluster } = askedBy(operation);
      for (const [i, word] of HOSTILE_WORDS.entries()) {
        const what = word.slice(0, 50);
        if (path.includes("{"))
          yield { what, operation, person, path: filled(path, word, cluster) };
        if (path.includes("{cluster}")) {
          yield { what: `cluster ${what}`, operation, person, path: filled(path, "x", word) };
        }
        if (of === "slurm") continue;
        for (const [at, name] of query.entries()) {
          if ((i + at) % 4 !== 0) continue;
          const there = `${asked(operation, "x", cluster)}&${name}=${word}`;
          yield { what: `${name}=${what}`, operation, person, path: there };
        }
      }
    }
  }
  expect(await faultsOf(someOf([...probes()], 2000))).toEqual([]);
});

/** A body as it is wanted, with something else at one place of it. */
function* brokenBodies(operation: Operation, values: readonly unknown[]): Iterable<Probe> {
  const { body, method, path } = operation;
  if (body?.media !== "application/json" || method === "GET") return;
  const sample = sampleOf(body.schema, body.document);
  const { person, cluster } = askedBy(operation);
  const there = path
    .replaceAll("{cluster}", cluster)
    .replaceAll(/\{([^}]+)\}/g, (_, name: string) => adas.words[name] ?? "x");
  const common = { operation, person, path: there, headers: [JSON_TYPE] };
  for (const [i, place] of placesIn(sample).entries()) {
    for (const [j, value] of values.entries()) {
      // What a shell could run is tried everywhere, of the rest a third at each place.
      if (j >= SHELL_VALUES && (i + j) % 3 !== 0) continue;
      const what = `${place.join(".")} = ${label(value)}`;
      yield { ...common, what, body: jsonOf(broken(sample, place, value)) };
    }
  }
  // ParallelCluster and Slurm leave alone what they do not know.
  const isStrict = operation.of === "sluice";
  for (const more of ['{"unknown":1,', '{"__proto__":{"isAdmin":true},']) {
    const expected = isStrict ? { expected: [400, 403, 404] } : {};
    yield { ...common, what: more, body: jsonOf(sample).replace(/^\{/, more), ...expected };
  }
}

test("one wrong field of a body is refused, and never run", async () => {
  const own = all.filter((one) => one.of !== "slurm" && !isOfSigningIn(one));
  const probes = own.flatMap((operation) => [...brokenBodies(operation, HOSTILE_VALUES)]);
  expect(probes.length).toBeGreaterThan(1500);
  expect(await faultsOf(someOf(probes, 2000))).toEqual([]);
});

test("and so are those of Slurm's", async () => {
  const slurms = all.filter((one) => one.of === "slurm" && !isOfOldSlurm(one));
  const probes = slurms.flatMap((operation) => [...brokenBodies(operation, HOSTILE_VALUES)]);
  expect(await faultsOf(someOf(probes, 500))).toEqual([]);
});

test("headers are looked at before they are used", async () => {
  const probes = all
    .filter((one) => !isOfSigningIn(one) && !isOfOldSlurm(one))
    .flatMap((operation) =>
      HOSTILE_HEADERS.map(([name, value]): Probe => {
        const what = `${name}: ${value.slice(0, 50)}`;
        const path = asked(operation, "x");
        return { what, operation, person: "ada", path, headers: [[name, value]] };
      }),
    );
  expect(await faultsOf(someOf(probes, 1200))).toEqual([]);
});

const BODIES: readonly (readonly [string, string, string])[] = [
  ["half a document", '{"a":', "application/json"],
  ["a list", "[1,2]", "application/json"],
  ["null", "null", "application/json"],
  ["nothing", "", "application/json"],
  ["a prototype", '{"__proto__":{"a":1},"constructor":{"prototype":{}}}', "application/json"],
  ["deep lists", `${"[".repeat(20_000)}${"]".repeat(20_000)}`, "application/json"],
  ["deep objects", `${'{"job":'.repeat(5000)}1${"}".repeat(5000)}`, "application/json"],
  ["no UTF-8", "\ud800", "application/json"],
  ["a form", "name=x", "application/x-www-form-urlencoded"],
  ["YAML", "a: &a [*a]", "application/yaml"],
  ["XML", '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "text/xml"],
  [
    "parts",
    '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--',
    "multipart/form-data; boundary=x",
  ],
  ["no type", "{}", ""],
  ["a charset", "{}", "application/json; charset=utf-7"],
];

test("what is no body of an operation's is refused", async () => {
  const probes = all.flatMap((operation) =>
    operation.method === "GET" ||
    isOfSigningIn(operation) ||
    operation.body?.media.endsWith("stream")
      ? []
      : BODIES.map(([what, body, type]): Probe => {
          const path = asked(operation, "x");
          return { what, operation, person: "ada", path, headers: [["content-type", type]], body };
        }),
  );
  expect(await faultsOf(probes)).toEqual([]);
});

test("and so is what is too large", async () => {
  const body = `{"name":"${"x".repeat(9 << 20)}"}`;
  const large = new Set([0, 400, 403, 404, 413]);
  const probes = all.flatMap((operation): readonly Probe[] =>
    operation.body?.media === "application/json" && !isOfOldSlurm(operation)
      ? [
          {
            what: "large",
            operation,
            person: "ada",
            path: asked(operation, "x"),
            headers: [JSON_TYPE],
            body,
            expected: [...large],
          },
        ]
      : [],
  );
  // It may close the connection before all of it was sent, and then its answer may be lost.
  const faults = (await faultsOf(probes)).filter((fault) => !fault.endsWith("no answer"));
  expect(faults).toEqual([]);
});

test("nothing of all this was run by a shell, and the server is as it was", expectUnharmed);
