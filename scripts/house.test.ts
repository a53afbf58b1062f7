import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  filesBelow,
  headingsOf,
  type Import,
  importsOf,
  isTest,
  linksOf,
  packageOf,
  ROOT,
  roomOf,
  targetOf,
} from "./sources.ts";

/**
 * Which rooms a room may import. A room that is not here may not exist: put it in, and into the map
 * in ARCHITECTURE.md.
 */
const ANYTHING = "anything";
const ALLOWED: Readonly<Record<string, readonly string[] | typeof ANYTHING>> = {
  "packages/model": [],
  "packages/slurm": ["model"],
  "packages/cloud": ["model"],
  "packages/boot": ["model", "slurm"],
  "packages/capacity": ["model", "cloud", "slurm"],
  "packages/lifecycle": ["model", "cloud", "boot", "slurm", "lease"],
  "packages/lease": ["model", "cloud"],
  "packages/database": ["model", "cloud", "lease"],
  "packages/gateway": ["model", "cloud", "slurm"],
  "packages/jobs": ["model", "cloud", "slurm", "database", "gateway"],
  "packages/local": ["model", "cloud", "boot", "slurm"],
  "packages/aws": ["model", "cloud", "lease", "boot", "slurm"],
  "packages/azure": ["model", "cloud", "boot", "slurm"],
  "packages/api": ["model"],
  "packages/server": [
    ...["model", "api", "cloud", "slurm", "lifecycle", "jobs", "capacity"],
    ...["database", "gateway"],
  ],
  "apps/cli": ANYTHING,
  "apps/head": ANYTHING,
  "apps/server": ANYTHING,
  "apps/portal": ["api", "model"],
};

/** An app and a package may be about the same thing. */
const NAMES: Readonly<Record<string, string>> = { "apps/server": "@sluice/server-app" };

/** The rooms that are one cloud each. */
const CLOUDS = new Set(["@sluice/local", "@sluice/aws", "@sluice/azure"]);

/** No clock, network, file, process or chance, whatever calls them. */
const PURE = [
  /^packages\/model\/src\//,
  /\/plan\//,
  /^packages\/boot\/src\//,
  /^packages\/aws\/src\/names\.ts$/,
  /^packages\/slurm\/src\/conf\//,
  /^packages\/slurm\/src\/(host-list|parse-[a-z]+|resume-file|control|submission-tag)\.ts$/,
  /^packages\/capacity\/src\/explain\/(?!explain\.ts$)/,
  /^packages\/capacity\/src\/(observe\/(node-phase|snapshot)|store\/contract|policy|pools|views)\.ts$/,
];

const IMPURE: Readonly<Record<string, RegExp>> = {
  "the time": /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/,
  chance: /\bMath\.random\(|\bcrypto\.(randomUUID|getRandomValues)\(/,
  "the process": /\bprocess\.[a-z]/,
  timers: /\bset(Timeout|Interval|Immediate)\(/,
  "the network": /(?<![\w.])fetch\(|\bnew WebSocket\(/,
};

/** Past 400 lines a file is asked why it is one. */
const LONG_LINES = 400;
const LONG: Readonly<Record<string, string>> = {
  "packages/capacity/src/explain/explain.test.ts":
    "each sentence that explain says once, over one set of snapshots",
  "packages/jobs/src/applications/template/scan.ts":
    "how bash reads: each kind of quoting hands over to the others and takes back the same state",
  "packages/slurm/src/testing/fake-slurmctld.ts":
    "the rules of slurmctld, in the order of fake-slurm.md beside it",
};

/** The one place that skips: a cloud says there which behaviour it has not, and why. */
const MAY_SKIP = new Set(["packages/cloud/src/testing/conformance.ts"]);

const rooms = ["packages", "apps"].flatMap((folder) =>
  readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`),
);
const sources = filesBelow(["packages", "apps"], [".ts", ".tsx"]);
const imports = sources.flatMap(importsOf);
const documents = filesBelow(["."], [".md"]);

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(room: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, room, "package.json"), "utf8")) as Manifest;
}

function shown({ from, what }: Import): string {
  return `${from} imports ${what}`;
}

describe("rooms", () => {
  test("each stands in the table, under its own name", () => {
    expect(rooms.filter((room) => ALLOWED[room] === undefined)).toEqual([]);
    expect(rooms.map((room) => manifestOf(room).name)).toEqual(
      rooms.map((room) => NAMES[room] ?? `@sluice/${room.split("/")[1]}`),
    );
  });

  test.each(rooms)("%s depends on what it may", (room) => {
    const allowed = ALLOWED[room] ?? [];
    const ours = Object.keys(manifestOf(room).dependencies ?? {})
      .filter((name) => name.startsWith("@sluice/"))
      .map((name) => name.slice("@sluice/".length));
    const portal = ours.includes("portal") ? ["portal"] : [];
    expect(allowed === ANYTHING ? portal : ours.filter((name) => !allowed.includes(name))).toEqual(
      [],
    );
  });

  test.each(rooms)("%s imports what it declares", (room) => {
    const { name, dependencies = {}, devDependencies = {} } = manifestOf(room);
    // What only tests use is declared once, for all.
    const forTests = manifestOf(".").devDependencies ?? {};
    const isBuild = (from: string): boolean => /\/vite\.config\.ts$/.test(from);
    const undeclared = imports.filter(({ from, what }) => {
      const wanted = packageOf(what);
      if (roomOf(from) !== room || wanted === undefined || wanted === name) return false;
      if (dependencies[wanted] !== undefined) return false;
      return !(isTest(from) && forTests[wanted]) && !(isBuild(from) && devDependencies[wanted]);
    });
    expect(undeclared.map(shown)).toEqual([]);
  });

  test("are entered by their exports only", () => {
    const leaving = imports.filter((one) => {
      const target = targetOf(one);
      return target !== undefined && roomOf(target) !== roomOf(one.from);
    });
    expect(leaving.map(shown)).toEqual([]);
  });
});

describe("clouds", () => {
  const ofClouds = imports.filter(({ what }) => CLOUDS.has(packageOf(what) ?? ""));

  test("are named by apps only", () => {
    const elsewhere = ofClouds.filter(
      ({ from, what }) =>
        !from.startsWith("apps/") && `@sluice/${from.split("/")[1]}` !== packageOf(what),
    );
    expect(elsewhere.map(shown)).toEqual([]);
  });

  test("are loaded when they are opened", () => {
    const eager = ofClouds.filter(
      ({ from, kind }) => from.startsWith("apps/") && kind === "value" && !isTest(from),
    );
    expect(eager.map(shown)).toEqual([]);
    expect(ofClouds.filter(({ kind }) => kind === "lazy")).not.toEqual([]);
  });
});

describe("pure modules", () => {
  const isPure = (path: string): boolean =>
    !isTest(path) && PURE.some((pattern) => pattern.test(path));
  const pure = sources.filter(({ path }) => isPure(path));

  test("each pattern means something", () => {
    const unused = PURE.filter((pattern) => !pure.some(({ path }) => pattern.test(path)));
    expect(unused).toEqual([]);
  });

  test("use no module of Node's", () => {
    const used = imports.filter(({ from, what }) => isPure(from) && what.startsWith("node:"));
    expect(used.map(shown)).toEqual([]);
  });

  test("load no module of their room that is not pure", () => {
    const impure = imports.filter((one) => {
      const target = targetOf(one);
      if (!isPure(one.from) || one.kind === "type" || target === undefined) return false;
      return !target.endsWith(".json") && !isPure(target);
    });
    expect(impure.map(shown)).toEqual([]);
  });

  test.each(Object.entries(IMPURE))("do not ask for %s", (_, pattern) => {
    const asking = pure.filter(({ text }) => pattern.test(withoutComments(text)));
    expect(asking.map(({ path }) => path)).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
}

describe("tests", () => {
  test("keep what is made for them to themselves", () => {
    const elsewhere = imports.filter((one) => {
      const target = targetOf(one) ?? one.what;
      return /(^|\/)testing(\/|$)/.test(target) && !isTest(one.from);
    });
    expect(elsewhere.map(shown)).toEqual([]);
  });

  test("mock no module, and all of them run", () => {
    const forbidden = /\bvi\.(do)?[mM]ock\(|\.only\(|\.skip\(/;
    const files = [...sources, ...filesBelow(["scripts", "e2e", "bench"], [".ts", ".tsx"])];
    const breaking = files.filter(({ path, text }) => forbidden.test(text) && !MAY_SKIP.has(path));
    expect(breaking.map(({ path }) => path)).toEqual([]);
  });
});

test("a long file has its reason, and no reason outlives its file", () => {
  const code = [".ts", ".tsx", ".mjs", ".sh"];
  const long = filesBelow(["packages", "apps", "scripts", "e2e", "bench"], code)
    .filter(({ text }) => text.split("\n").length - 1 > LONG_LINES)
    .map(({ path }) => path);
  expect(long).toEqual(Object.keys(LONG).toSorted());
});

describe("documents", () => {
  const links = documents.flatMap((document) =>
    linksOf(document).map((link) => ({ ...link, from: document.path })),
  );

  test("there are links to look at", () => {
    expect(links.length).toBeGreaterThan(10);
  });

  test("link to files that are there", () => {
    const broken = links.filter(({ file }) => !existsSync(join(ROOT, file)));
    expect(broken.map(({ from, link }) => `${from}: ${link}`)).toEqual([]);
  });

  test("link to headings that are there", () => {
    const headings = new Map(documents.map(({ path, text }) => [path, headingsOf(text)]));
    const broken = links.filter(
      ({ file, heading }) => heading !== undefined && headings.get(file)?.has(heading) === false,
    );
    expect(broken.map(({ from, link }) => `${from}: ${link}`)).toEqual([]);
  });
});
