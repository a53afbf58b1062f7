import { isSluiceError } from "@sluice/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConf } from "../testing/parse-conf.ts";
import { renderSlurmdbdConf } from "./daemon-conf.ts";
import type { SlurmConfInput } from "./input.ts";
import type { Settings, SettingValue } from "./lines.ts";
import { renderSlurmConf } from "./slurm-conf.ts";

const RUNS = { numRuns: 800 };

const hostile = fc.string({
  unit: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(..."aZ9 =\t#\\\"',+-*/[]%$`;\n\r\v\f\u0085\u00a0\u2028\0"),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(" State=DOWN", "\nInclude /x", "\\\n", '" A=b "', "\\#"),
    },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 2 }) },
  ),
  maxLength: 12,
});

const value: fc.Arbitrary<SettingValue> = fc.oneof(
  { weight: 8, arbitrary: hostile },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.double() },
);

/** Names that slurm.conf of ours has not, in any case, and texts that are no names. */
const key = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("Epilog", "X", "epilogslurmctld", "LUA_X9") },
  { weight: 1, arbitrary: hostile },
  { weight: 1, arbitrary: fc.constantFrom("Include", "include", "__proto__", "constructor") },
);

const settings: fc.Arbitrary<Settings> = fc.dictionary(key, value, { maxKeys: 3 });

const type = { name: "m", arch: "x86_64", vcpus: 2, threadsPerCore: 2, memoryMiB: 1000 } as const;

function input(changes: {
  readonly cluster?: readonly Settings[];
  readonly queue?: Settings;
  readonly resource?: Settings;
}): SlurmConfInput {
  const node = { queue: "q", computeResource: "r", machineTypes: [type] } as const;
  const hooks = { resume: "/r", resumeFail: "/f", suspend: "/s", prologSlurmctld: "/p" };
  return {
    clusterName: "demo",
    slurmVersion: "24.11",
    head: { hostName: "head", address: "10.0.0.1" },
    groups: [
      { ...node, kind: "static", prefix: "q-st-r-", count: 1 },
      {
        ...node,
        kind: "dynamic",
        prefix: "q-dy-r-",
        count: 2,
        ...(changes.resource && { customSettings: changes.resource }),
      },
    ],
    queues: [
      {
        name: "q",
        isDefault: true,
        exclusive: false,
        ...(changes.queue && { customSettings: changes.queue }),
      },
    ],
    idleSeconds: 600,
    resumeTimeout: 300,
    suspendTimeout: 60,
    memoryScheduling: false,
    customSettings: changes.cluster ?? [],
    traits: { slurmConf: {}, cgroupConf: {} },
    paths: {
      stateSave: "/a",
      slurmctldLog: "/b",
      slurmdLog: "/c",
      slurmdSpool: "/d",
      jwtKey: "/e",
      hooks,
    },
    accounting: { host: "head" },
  };
}

/** What a setting is meant to say: its text, or what its quotes hold. */
function meant(given: SettingValue): string {
  if (typeof given === "boolean") return given ? "YES" : "NO";
  const text = String(given).trim();
  return /^".*"$/.test(text) ? text.slice(1, -1) : text;
}

/** The lines of a rendered file; undefined when it was refused as unsafe. */
function rendered(render: () => string): ReturnType<typeof parseConf> | undefined {
  try {
    return parseConf(render());
  } catch (error) {
    if (isSluiceError(error) && error.code === "SLURM_CONF_UNSAFE") return undefined;
    throw error;
  }
}

const plain = parseConf(renderSlurmConf(input({})));

/** The last of two keys that differ in case alone counts; where it stands, the first one's place. */
function overridden(line: (typeof plain)[number], by: Settings): (typeof plain)[number] {
  const merged = new Map(line);
  for (const [name, given] of Object.entries(by)) merged.set(name.toLowerCase(), meant(given));
  return [...merged];
}

describe("whatever a custom setting holds, slurm.conf says that and nothing else", () => {
  test("of the cluster", () => {
    fc.assert(
      fc.property(fc.array(settings, { maxLength: 3 }), (cluster) => {
        const lines = rendered(() => renderSlurmConf(input({ cluster })));
        fc.pre(lines !== undefined);
        const all = cluster.flatMap((map) => Object.entries(map));
        const expected = new Map(all.map(([name, given]) => [name.toLowerCase(), meant(given)]));
        const isTheirs = (line: (typeof plain)[number]) => expected.has(line[0]?.[0] ?? "");
        expect(lines?.filter((line) => !isTheirs(line))).toEqual(plain);
        expect(new Map(lines?.filter(isTheirs).flat())).toEqual(expected);
      }),
      RUNS,
    );
  });

  test("of a queue or a compute resource", () => {
    fc.assert(
      fc.property(settings, settings, (queue, resource) => {
        const lines = rendered(() => renderSlurmConf(input({ queue, resource })));
        fc.pre(lines !== undefined);
        const wanted = plain.map((line) => {
          const [first] = line;
          if (first?.[0] === "partitionname") return overridden(line, queue);
          return first?.[1] === "q-dy-r-[1-2]" ? overridden(line, resource) : line;
        });
        expect(lines).toEqual(wanted);
      }),
      RUNS,
    );
  });

  test("in a line of its own", () => {
    fc.assert(
      fc.property(settings, hostile, (more, name) => {
        const custom = { ...more, NodeName: name };
        const lines = rendered(() => renderSlurmConf(input({ cluster: [custom] })));
        fc.pre(lines !== undefined);
        const own = lines?.at(-1) ?? [];
        expect(own[0]).toEqual(["nodename", meant(name)]);
        expect(new Map(own)).toEqual(new Map(overridden([], custom)));
        expect(lines).toHaveLength(plain.length + 1);
      }),
      RUNS,
    );
  });
});

test("a password is in slurmdbd.conf as it is, or refused", () => {
  fc.assert(
    fc.property(hostile, (password) => {
      const lines = rendered(() =>
        renderSlurmdbdConf({
          host: "head",
          storage: { host: "db", database: "acct", user: "slurm", password },
          logFile: "/l",
          jwtKey: "/k",
        }),
      );
      fc.pre(lines !== undefined);
      expect(lines?.at(-1)).toEqual([["storagepass", password]]);
      expect(lines).toHaveLength(12);
    }),
    RUNS,
  );
});
