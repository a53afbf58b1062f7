import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CandidateAnswer, chooseCluster } from "./choose.ts";

type Takes = Extract<CandidateAnswer, { kind: "takes" }>;

const takes = (more: Partial<Takes> = {}): Takes => ({
  kind: "takes",
  startsInSeconds: 0,
  nodesToBoot: 0,
  bootSeconds: undefined,
  typicalWaitSeconds: undefined,
  shortForSeconds: undefined,
  usdPerHour: 1,
  ...more,
});
const chosen = (answers: Readonly<Record<string, CandidateAnswer>>) =>
  chooseCluster(Object.entries(answers).map(([cluster, answer]) => ({ cluster, answer }))).chosen
    ?.cluster;

describe("the cluster of a job", () => {
  it("is where it starts soonest, be it after a boot", () => {
    expect(chosen({ a: takes({ startsInSeconds: 3600 }), b: takes() })).toBe("b");
    const boots = takes({ startsInSeconds: 60, nodesToBoot: 2, bootSeconds: 60 });
    expect(chosen({ a: takes({ startsInSeconds: 3600 }), b: boots })).toBe("b");
    expect(chosen({ a: takes({ startsInSeconds: 30 }), b: boots })).toBe("a");
    // A boot that nobody has seen is none that takes no time.
    expect(chosen({ a: takes({ nodesToBoot: 1 }), b: takes({ startsInSeconds: 100 }) })).toBe("b");
  });

  it("is none whose cloud has no machines for it, while another will do", () => {
    const short = takes({
      startsInSeconds: 60,
      nodesToBoot: 1,
      bootSeconds: 60,
      shortForSeconds: 20,
    });
    expect(chosen({ a: short, b: takes({ startsInSeconds: 300 }) })).toBe("b");
    expect(chosen({ a: short, b: takes({ startsInSeconds: 3600 }) })).toBe("a");
  });

  it("is rather one whose start is known, then one where others waited less", () => {
    const unknown = (typicalWaitSeconds?: number) =>
      takes({ startsInSeconds: undefined, typicalWaitSeconds });
    expect(chosen({ a: unknown(), b: takes({ startsInSeconds: 7200 }) })).toBe("b");
    expect(chosen({ a: unknown(600), b: unknown(60) })).toBe("b");
    expect(chosen({ a: unknown(), b: unknown(60) })).toBe("b");
  });

  it("of equal ones boots fewer machines, costs less, and is the first by name", () => {
    expect(
      chosen({ a: takes({ startsInSeconds: 5, nodesToBoot: 1, bootSeconds: 5 }), b: takes() }),
    ).toBe("b");
    expect(chosen({ a: takes({ usdPerHour: 2 }), b: takes() })).toBe("b");
    expect(chosen({ b: takes(), a: takes() })).toBe("a");
  });

  it("is none that refuses it or is away; those say why, and so do the others", () => {
    const { chosen: one, ranked } = chooseCluster([
      { cluster: "gone", answer: { kind: "away", reason: "its head does not answer" } },
      { cluster: "small", answer: { kind: "refuses", reason: "invalid partition specified" } },
      { cluster: "cold", answer: takes({ startsInSeconds: 90, nodesToBoot: 1, bootSeconds: 80 }) },
    ]);
    expect(one).toEqual({
      ...{ cluster: "cold", seconds: 90, why: "starts in 90 s; 1 machine has to boot" },
    });
    expect(ranked.map(({ cluster, why }) => [cluster, why]).slice(1)).toEqual([
      ["small", "invalid partition specified"],
      ["gone", "its head does not answer"],
    ]);
    expect(chooseCluster([]).chosen).toBeUndefined();
    expect(chosen({ a: { kind: "refuses", reason: "no" } })).toBeUndefined();
  });

  it("is the same in whatever order they come, and never one that is worse in everything", () => {
    const seconds = fc.option(fc.nat(100_000), { nil: undefined });
    const answer = fc.record({
      startsInSeconds: seconds,
      nodesToBoot: fc.nat(5),
      bootSeconds: seconds,
      typicalWaitSeconds: seconds,
      shortForSeconds: seconds,
      usdPerHour: fc.nat(10),
    });
    fc.assert(
      fc.property(fc.uniqueArray(answer, { maxLength: 6 }), fc.nat(), (answers, turn) => {
        const all = answers.map((one, index) => ({ cluster: `c${index}`, answer: takes(one) }));
        const at = turn % (all.length + 1);
        const turned = [...all.slice(at), ...all.slice(0, at)];
        expect(chooseCluster(turned)).toEqual(chooseCluster(all));
        const { chosen: best, ranked } = chooseCluster(all);
        for (const { seconds: other = Number.POSITIVE_INFINITY } of ranked) {
          expect((best?.seconds ?? 0) - other).toBeLessThan(15);
        }
      }),
    );
  });
});
