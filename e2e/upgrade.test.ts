import { expect, test } from "vitest";
import { LIGHT, TWO_HEADS } from "./clusters.ts";
import { type Cluster, mainSite } from "./harness.ts";

interface Head {
  readonly nodeName: string;
  readonly role: "leading" | "standing-by" | "starting";
}

const headsOf = async (cluster: Cluster): Promise<readonly Head[]> =>
  (await cluster.sluice("describe-cluster")).json<{ headNodes: readonly Head[] }>().headNodes;

test("Slurm 24.11 becomes 26.05 under a job that runs, with two heads", async () => {
  await using cluster = await mainSite().createCluster("upward", TWO_HEADS);
  const versions = () => cluster.ok("ada", "sinfo -h -N -o '%v %T' | grep -v '[~%#]$' | sort -u");
  await cluster.until(
    "a head to stand by",
    async () => (await headsOf(cluster)).some(({ role }) => role === "standing-by"),
    90,
  );
  const before = await cluster.ok("ada", "sbatch --parsable --wait -o /dev/null --wrap true");
  const beat = "while [ ! -e end ]; do date +%s >> beats; sleep 0.2; done";
  const running = await cluster.ok("ada", `sbatch --parsable -o /dev/null --wrap '${beat}'`);
  const held = await cluster.ok("ada", "sbatch --parsable --hold -o /dev/null --wrap true");
  await cluster.saved(held);
  const dry = await cluster.sluice("upgrade", "--slurm", "26.05", "--dryrun");
  expect(dry.json<{ steps: readonly string[] }>().steps).toHaveLength(5);

  const words = ["upgrade", "-n", cluster.name, "--image-os", "debian14"];
  const upgrading = cluster.site.sluice(words, { timeout: 300 });
  upgrading.catch(() => {});
  await cluster.until(
    "the heads to have the new Slurm and the file to be in force",
    async () => {
      const described = await cluster.sluice("describe-cluster");
      return described.json<{ fileVersion: number }>().fileVersion === 2;
    },
    240,
  );
  expect(await cluster.ok("ada", "sinfo --version")).toMatch(/ 26\.05/);
  // The job that runs has its old node still, under the new controller.
  expect(await cluster.ok("ada", `squeue -h -j ${running} -o %T`)).toBe("RUNNING");
  expect(await versions()).toMatch(/^24\.11/m);
  await cluster.ok("ada", `touch end; scontrol release ${held}`);
  const upgraded = await upgrading;
  expect(upgraded.code, upgraded.stderr).toBe(0);

  const ended = await cluster.ended([before, running, held], 60);
  expect([...ended.values()]).toEqual(["COMPLETED", "COMPLETED", "COMPLETED"]);
  expect(await cluster.accounting([running], { duplicates: true })).toHaveLength(1);
  const beats = (await cluster.ok("ada", "cat beats")).split("\n").map(Number);
  expect(Math.max(...beats.slice(1).map((time, i) => time - (beats[i] ?? time)))).toBeLessThan(3);
  expect(await cluster.ok("ada", "srun -N2 slurmd -V | sort -u")).toMatch(/^slurm\S* 26\.05\S*$/);
  expect(await versions()).not.toMatch(/^24\.11/m);

  const again = await cluster.sluice("upgrade", "--slurm", "26.05");
  expect(again.json()).toMatchObject({ steps: [], fileVersion: 2 });
  const back = await cluster.sluice("upgrade", "--slurm", "24.11");
  expect(back.error()).toMatchObject({ code: "UPGRADE_REFUSED" });
}, 480_000);

test("22.05 is refused, with the releases in between", async () => {
  const file = `${LIGHT}\nImage: { Os: debian12 }\n`;
  await using cluster = await mainSite().createCluster("far", file);
  const refused = await cluster.sluice("upgrade", "--slurm", "24.11");
  expect(refused.code).not.toBe(0);
  expect(refused.error()).toMatchObject({
    code: "UPGRADE_REFUSED",
    message: expect.stringMatching(/22\.05/),
    hint: expect.stringMatching(/23\.02, or 23\.11 before/),
  });
  expect(await cluster.ok("ada", "sinfo --version")).toMatch(/ 22\.05/);
});
