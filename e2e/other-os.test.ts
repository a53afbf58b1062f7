import { expect, test } from "vitest";
import { DEBIAN_12 } from "./clusters.ts";
import { mainSite } from "./harness.ts";

test("Debian 12 with Slurm 22.05 runs jobs on booted and light machines", async () => {
  await using cluster = await mainSite().createCluster("bookworm", DEBIAN_12);
  expect(await cluster.ok("ada", "sinfo --version")).toMatch(/^slurm.* 22\.05/);
  const job = "srun sh -c '. /etc/os-release; echo $VERSION_CODENAME $(hostname)'";
  for (const partition of ["burst", "cpu"]) {
    const id = await cluster.ok(
      "ada",
      `sbatch --parsable --wait -p ${partition} -N2 -o ${partition}.out --wrap "${job.replaceAll("$", "\\$")}"`,
    );
    const [row] = await cluster.accounting([id]);
    expect(row).toMatchObject({ state: "COMPLETED", user: "ada" });
    const lines = (await cluster.ok("ada", `cat ${partition}.out`)).split("\n");
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(new RegExp(`^bookworm ${partition}-dy-`));
  }
  await cluster.until(
    "idle machines to go",
    async () => (await cluster.instances()).length === 0,
    40,
  );
});
