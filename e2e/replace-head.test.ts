import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MIXED } from "./clusters.ts";
import { type Cluster, mainSite } from "./harness.ts";

interface Described {
  readonly clusterStatus: string;
  readonly fileVersion: number;
  readonly headNode?: { readonly instanceId: string; readonly instanceType: string };
}

describe("a head that is made anew", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await mainSite().createCluster("heir", MIXED);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const described = async (): Promise<Described> =>
    (await cluster.sluice("describe-cluster")).json<Described>();
  const headId = async (): Promise<string | undefined> => (await described()).headNode?.instanceId;

  test("has another type, and the jobs that ran and waited go on", async () => {
    const former = await headId();
    const beat = "while [ ! -e end ]; do date +%s >> beats; sleep 0.2; done";
    const running = await cluster.ok(
      "ada",
      `sbatch --parsable -p burst -o /dev/null --wrap '${beat}'`,
    );
    const held = await cluster.ok("ada", "sbatch --parsable --hold -p burst --wrap true");
    await cluster.until(
      "the job to beat",
      async () => (await cluster.onHead("ada", "test -s beats")).code === 0,
      30,
    );

    const { code, stderr } = await cluster.sluice("replace-head", "--instance-type", "local.large");
    expect(code, stderr).toBe(0);

    const after = await described();
    expect(after).toMatchObject({
      clusterStatus: "UPDATE_COMPLETE",
      fileVersion: 2,
      headNode: { instanceType: "local.large" },
    });
    expect(after.headNode?.instanceId).not.toBe(former);
    expect(await cluster.ok("ada", "squeue -h -o '%i %T' | sort -n")).toBe(
      `${running} RUNNING\n${held} PENDING`,
    );
    await cluster.ok("ada", `touch end; scontrol release ${held}`);
    const ended = await cluster.ended([running, held], 40);
    expect([...ended.values()]).toEqual(["COMPLETED", "COMPLETED"]);
    expect(await cluster.accounting([running], { duplicates: true })).toHaveLength(1);
    // One that stood still would have a hole where the head was away.
    const beats = (await cluster.ok("ada", "cat beats")).split("\n").map(Number);
    const pauses = beats.slice(1).map((time, i) => time - (beats[i] ?? time));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(2);
  });

  test("goes back to a machine as before when the new one does not come up", async () => {
    const former = await headId();
    const replacing = cluster.sluice("replace-head", "--instance-type", "local.head");
    // Whichever is the head now is the new one, which has not come up.
    await cluster.until(
      "the new machine",
      async () => {
        const now = await headId();
        return now !== undefined && now !== former;
      },
      60,
    );
    const kill = ["local", "kill-machine", "-n", cluster.name, "head"];
    expect((await cluster.site.sluice(kill)).code).toBe(0);
    const replaced = await replacing;
    expect(replaced.code).not.toBe(0);
    expect(replaced.error()).toMatchObject({ code: "HEAD_REPLACE_FAILED" });
    expect(await described()).toMatchObject({
      fileVersion: 2,
      headNode: { instanceType: "local.large" },
    });
    expect(await cluster.ok("ada", "srun -p burst echo there")).toBe("there");
  });
});
