import { describe, expect, it } from "vitest";
import type { Account, Answer, Question } from "../../account/contract.ts";
import { checkClusterFile } from "../../cluster-file/parse.ts";
import {
  A,
  AMI,
  B,
  ID,
  image,
  inImage,
  NETWORK,
  reservation,
  type Things,
} from "../cases/account.ts";
import { ONLINE_CAPACITY_CASES } from "../cases/online-capacity.ts";
import { THING_CASES } from "../cases/online-things.ts";
import { aws } from "../cases/texts.ts";
import { ONLINE_COMPUTE_CHECKS } from "./compute.ts";

function accountOf(things: Things): Pick<Account, "answer"> {
  return {
    answer: async (questions) =>
      questions.map(({ kind, id }): Answer => {
        const facts = things[`${kind} ${id}`];
        if (facts === null) return { is: "absent" };
        return facts === undefined
          ? { is: "unknown", why: "not allowed to look" }
          : { is: "found", facts: facts as never };
      }),
  };
}

const CASES = [...THING_CASES, ...ONLINE_CAPACITY_CASES];
const IDS = new Set(ONLINE_COMPUTE_CHECKS.flatMap(({ ids }) => ids));
const { signal } = new AbortController();

async function check(text: string, things: Things) {
  const result = await checkClusterFile(text, { fileName: "f" }, accountOf(things), signal);
  const findings = result.ok ? result.warnings : result.findings;
  return { findings, notRun: result.notRun.filter(({ id }) => IDS.has(id)) };
}

describe("a check with an account", () => {
  it.each(CASES)("finds $name", async ({ file, things, finds, says }) => {
    const { findings } = await check(file, things);
    const found = findings.filter(({ id, level, path }) => `${level} ${id} ${path}` === finds);
    expect(findings.map(({ id, level, path }) => `${level} ${id} ${path}`)).toContain(finds);
    expect(found.map(({ message }) => message).join("\n")).toMatch(says);
  });

  it.each(CASES)("says nothing when it is not known: $name", async ({ file, finds }) => {
    const { findings, notRun } = await check(file, {});
    expect(findings.map(({ id, level, path }) => `${level} ${id} ${path}`)).not.toContain(finds);
    expect(notRun.map(({ id }) => id)).toContain(finds.split(" ")[1]);
    expect(new Set(notRun.map(({ why }) => why))).toEqual(new Set(["not allowed to look"]));
  });

  it("proves every id that asks an account", () => {
    expect([...new Set(CASES.map(({ finds }) => finds.split(" ")[1]))].sort()).toEqual(
      [...IDS].sort(),
    );
  });

  it("finds nothing where everything is as it should be", async () => {
    const file = inImage({
      head: "Ssh: {KeyName: mine}, LocalStorage: {RootVolume: {Size: 40}}",
      resource: `InstanceType: c5.large, ${ID}`,
      slurm: "Dns: {HostedZoneId: Z1}",
    });
    const { findings, notRun } = await check(file, {
      ...NETWORK,
      "keyPair mine": {},
      [`image ${AMI}`]: image(),
      "hostedZone Z1": { name: "x.org", private: true, vpcIds: ["vpc-1"] },
      "instanceType t3.small": { zones: ["eu-central-1a"], memoryMiB: 2048 },
      "instanceType c5.large": { zones: ["eu-central-1a"], memoryMiB: 4096 },
      "capacityReservation cr-1": reservation(),
      "launch headNode": { allowed: true, code: "DryRunOperation", message: "" },
      [`launch q/a/${A}`]: { allowed: true, code: "DryRunOperation", message: "" },
    });
    expect(findings.filter(({ id }) => IDS.has(id))).toEqual([]);
    expect(notRun).toEqual([]);
  });

  it("takes a launch without an image for one that was not tried", async () => {
    const missing = { allowed: false, code: "MissingParameter", message: "ImageId" };
    const { findings } = await check(aws({}), { "launch headNode": missing });
    expect(findings.map(({ id }) => id)).not.toContain("HeadNodeLaunchTemplateValidator");
  });

  it("tries like launches once", async () => {
    const asked: Question[] = [];
    const account: Pick<Account, "answer"> = {
      answer: async (questions) => {
        asked.push(...questions);
        return questions.map(() => ({ is: "unknown", why: "just looking" }));
      },
    };
    const file = aws({
      resource: "InstanceType: c5.large}, {Name: b, InstanceType: c5.large",
      subnets: `${A}, ${B}`,
    });
    await checkClusterFile(file, { fileName: "f" }, account, signal);
    const launches = asked.filter(({ kind }) => kind === "launch").map(({ id }) => id);
    expect(launches).toEqual(["headNode", `q/a/${A}`, `q/a/${B}`]);
  });
});
