import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  describeUpgradeStep,
  type InstalledCluster,
  type InstalledSlurm,
  planUpgrade,
  type UpgradeStep,
} from "./plan-upgrade.ts";
import {
  compareReleases,
  osOfSlurm,
  SLURM_RELEASES,
  type SlurmRelease,
  slurmOfOs,
  slurmRelease,
  understands,
  waysBetween,
} from "./releases.ts";

const cluster = (version: string, more: Partial<InstalledCluster> = {}): InstalledCluster => ({
  name: "left",
  heads: [
    { name: "head-1", version, leads: true },
    { name: "head-2", version, leads: false },
  ],
  queues: [
    { name: "cpu", versions: [version] },
    { name: "off", versions: [] },
  ],
  clients: [{ name: "login-1", version }],
  ...more,
});

const steps = (present: InstalledSlurm, wanted: SlurmRelease): readonly UpgradeStep[] => {
  const plan = planUpgrade(present, wanted);
  if (!plan.ok) throw new Error(plan.why);
  return plan.steps;
};

describe("releases of Slurm", () => {
  it("understand those that SchedMD's upgrade guide lists", () => {
    const former = (release: SlurmRelease) =>
      SLURM_RELEASES.filter((other) => other !== release && understands(release, other));
    expect(Object.fromEntries(SLURM_RELEASES.map((one) => [one, former(one)]))).toEqual({
      "22.05": [],
      "23.02": ["22.05"],
      "23.11": ["22.05", "23.02"],
      "24.05": ["23.02", "23.11"],
      "24.11": ["23.02", "23.11", "24.05"],
      "25.05": ["23.11", "24.05", "24.11"],
      "25.11": ["24.05", "24.11", "25.05"],
      "26.05": ["24.11", "25.05", "25.11"],
    });
  });

  it("are read from what the daemons print", () => {
    expect(["24.11.5", "slurm-wlm 22.05.8", "slurm 26.05.0rc1", "25.05"].map(slurmRelease)).toEqual(
      ["24.11", "22.05", "26.05", "25.05"],
    );
    expect(["", "24", "21.08.1", "24.11; rm"].map(slurmRelease)).toEqual(Array(4).fill(undefined));
  });

  it("come with operating systems", () => {
    expect(["debian12", "debian13", "debian14", "alinux2023", "toString"].map(slurmOfOs)).toEqual([
      "22.05",
      "24.11",
      "26.05",
      undefined,
      undefined,
    ]);
    expect(osOfSlurm("24.11")).toBe("debian13");
    expect(osOfSlurm("23.11")).toBeUndefined();
  });

  it("are as few on the way as can be", () => {
    expect(waysBetween("22.05", "24.11")).toEqual([["23.02"], ["23.11"]]);
    expect(waysBetween("22.05", "26.05")).toEqual([
      ["23.02", "24.11"],
      ["23.11", "24.11"],
      ["23.11", "25.05"],
    ]);
    expect(waysBetween("24.11", "26.05")).toEqual([[]]);
  });
});

describe("an upgrade", () => {
  it("goes from accounting over the controllers to the nodes, the stand-by head first", () => {
    const slurmdbd = ["site-a", "site-b"].map((name) => ({ name, version: "24.11.5" }));
    const plan = steps({ slurmdbd, clusters: [cluster("24.11.5")] }, "26.05");
    expect(plan).toEqual([
      { do: "backup", clusters: ["left"] },
      { do: "slurmdbd", machines: ["site-a", "site-b"], to: "26.05" },
      { do: "head", cluster: "left", head: "head-2", to: "26.05", interrupts: false },
      { do: "fail-over", cluster: "left", from: "head-1", to: "head-2" },
      { do: "head", cluster: "left", head: "head-1", to: "26.05", interrupts: false },
      { do: "queue", cluster: "left", queue: "cpu", to: "26.05" },
      { do: "clients", cluster: "left", machines: ["login-1"], to: "26.05" },
    ]);
    expect(plan.map(describeUpgradeStep).every((text) => /^[a-z].+[^.]$/.test(text))).toBe(true);
  });

  it("says that one head alone is away meanwhile", () => {
    const heads = [{ name: "head", version: "24.11", leads: true }];
    const present = { slurmdbd: [], clusters: [cluster("24.11", { heads })] };
    expect(steps(present, "25.05")[1]).toMatchObject({ do: "head", interrupts: true });
  });

  it("goes on where it was left, and is nothing when it is done", () => {
    const heads = [
      { name: "head-1", version: "24.11.5", leads: false },
      { name: "head-2", version: "26.05.0", leads: true },
    ];
    const present = { slurmdbd: [], clusters: [cluster("26.05.0", { heads })] };
    expect(steps(present, "26.05").map((step) => step.do)).toEqual(["backup", "head"]);
    expect(steps({ slurmdbd: [], clusters: [cluster("26.05.0")] }, "26.05")).toEqual([]);
  });

  it("is refused over too many releases, and names those in between", () => {
    const plan = planUpgrade({ slurmdbd: [], clusters: [cluster("22.05.8")] }, "24.11");
    expect(plan).toMatchObject({ ok: false, ways: [["23.02"], ["23.11"]] });
    expect(plan.ok || plan.why).toMatch(/head-1 of left has Slurm 22.05/);
    expect(plan.ok || plan.suggestion).toMatch(/23.02, or 23.11 before; no image of Debian/);
  });

  it("is refused backwards, and from what nobody knows", () => {
    const back = planUpgrade({ slurmdbd: [], clusters: [cluster("26.05")] }, "24.11");
    expect(back).toMatchObject({ ok: false, ways: [] });
    const unknown = planUpgrade({ slurmdbd: [], clusters: [cluster("99.01")] }, "24.11");
    expect(unknown.ok || unknown.why).toMatch(/"99.01"/);
  });
});

interface State {
  slurmdbd: SlurmRelease | undefined;
  /** Where slurmdbd is the head's own, it has the leading head's release. */
  leading: SlurmRelease;
  readonly heads: Map<string, SlurmRelease>;
  readonly nodes: Map<string, SlurmRelease>;
  clients: SlurmRelease;
}

const release = fc.constantFrom(...SLURM_RELEASES);

/** A cluster that runs: none of its daemons is told something by a newer one. */
const running: fc.Arbitrary<InstalledSlurm> = fc
  .record({
    dbd: fc.option(release, { nil: undefined }),
    heads: fc.array(release, { minLength: 1, maxLength: 2 }),
    leader: fc.nat(1),
    queues: fc.array(release, { maxLength: 3 }),
    clients: release,
  })
  .map(({ dbd, heads, leader, queues, clients }) => ({
    slurmdbd: dbd === undefined ? [] : [{ name: "site-a", version: dbd }],
    clusters: [
      {
        name: "c",
        heads: heads.map((version, index) => ({
          name: `head-${index + 1}`,
          version,
          leads: index === leader % heads.length,
        })),
        queues: queues.map((version, index) => ({ name: `q${index}`, versions: [version] })),
        clients: [{ name: "login", version: clients }],
      },
    ],
  }))
  .filter((present) => isSound(stateOf(present)));

function stateOf({ slurmdbd, clusters: [only] }: InstalledSlurm): State {
  const of = (version: string | undefined) => slurmRelease(version ?? "") ?? "22.05";
  return {
    slurmdbd: slurmdbd[0] && of(slurmdbd[0].version),
    leading: of(only?.heads.find(({ leads }) => leads)?.version),
    heads: new Map(only?.heads.map(({ name, version }) => [name, of(version)])),
    nodes: new Map(only?.queues.map(({ name, versions }) => [name, of(versions[0])])),
    clients: of(only?.clients[0]?.version),
  };
}

function isSound({ slurmdbd, leading, nodes, clients }: State): boolean {
  return (
    (slurmdbd === undefined || understands(slurmdbd, leading)) &&
    [...nodes.values(), clients].every((one) => understands(leading, one))
  );
}

function apply(state: State, step: UpgradeStep, leader: { name: string }): void {
  switch (step.do) {
    case "backup":
      return;
    case "slurmdbd":
      state.slurmdbd = step.to;
      return;
    case "head":
      state.heads.set(step.head, step.to);
      if (leader.name === step.head) state.leading = step.to;
      return;
    case "fail-over":
      leader.name = step.to;
      // What the state was saved by must be understood by who leads now.
      expect(understands(state.heads.get(step.to) ?? "22.05", state.leading)).toBe(true);
      state.leading = state.heads.get(step.to) ?? state.leading;
      return;
    case "queue":
      state.nodes.set(step.queue, step.to);
      return;
    case "clients":
      state.clients = step.to;
      return;
    default:
      step satisfies never;
  }
}

describe("any upgrade", () => {
  it("never has a daemon that is told something by a newer one, and ends at the release", () => {
    fc.assert(
      fc.property(running, release, (present, wanted) => {
        const plan = planUpgrade(present, wanted);
        if (!plan.ok) return;
        const state = stateOf(present);
        const leader = { name: present.clusters[0]?.heads.find(({ leads }) => leads)?.name ?? "" };
        for (const step of plan.steps) {
          apply(state, step, leader);
          expect(isSound(state)).toBe(true);
        }
        const all = [...state.heads.values(), ...state.nodes.values(), state.clients];
        expect([...all, state.slurmdbd ?? wanted].every((one) => one === wanted)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("that is refused for its distance can be made by the ways it names", () => {
    fc.assert(
      fc.property(running, release, (present, wanted) => {
        const plan = planUpgrade(present, wanted);
        if (plan.ok) return;
        for (const way of plan.ways) {
          let at = present;
          for (const next of [...way, wanted]) {
            expect(planUpgrade(at, next).ok).toBe(true);
            at = at && allAt(present, next);
          }
        }
        const all = [...stateOf(present).heads.values(), stateOf(present).leading];
        const isBack = all.some((one) => compareReleases(one, wanted) > 0);
        if (isBack) expect(plan.ways).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

function allAt({ slurmdbd, clusters }: InstalledSlurm, version: string): InstalledSlurm {
  return {
    slurmdbd: slurmdbd.map((one) => ({ ...one, version })),
    clusters: clusters.map((one) => ({
      ...one,
      heads: one.heads.map((head) => ({ ...head, version })),
      queues: one.queues.map((queue) => ({ ...queue, versions: [version] })),
      clients: one.clients.map((client) => ({ ...client, version })),
    })),
  };
}
