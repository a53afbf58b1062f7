import { expect, test } from "vitest";
import { LIGHT } from "./clusters.ts";
import { mainSite } from "./harness.ts";

/** Services of the head, each with a command that works when it is back. */
const SERVICES: Readonly<Record<string, string>> = {
  slurmctld: "scontrol ping | grep -q ' UP'",
  slurmdbd: "sacctmgr -n show cluster > /dev/null",
  mariadb: "mariadb-admin ping > /dev/null && sacctmgr -n show cluster > /dev/null",
  slurmrestd: "curl -s -o /dev/null http://127.0.0.1:6820/",
  "sluice-head": "/opt/sluice/bin/sluice-head ctl fleet > /dev/null",
};

/** Seconds in which a killed service has to answer again. */
const BACK_SECONDS = 15;
const JOBS = 20;

test("any service of the head may be killed while jobs run: each job ends once", async () => {
  await using cluster = await mainSite().createCluster("tough", LIGHT);
  const ids = (
    await cluster.ok(
      "ada",
      `mkdir runs
       for i in $(seq ${JOBS}); do
         sbatch --parsable -o /dev/null --wrap 'echo run >> runs/$SLURM_JOB_ID; sleep 12'
       done`,
    )
  ).split("\n");
  expect(ids).toHaveLength(JOBS);
  await cluster.until(
    "ten jobs to run",
    async () => (await cluster.ok("ada", "squeue -h -t R -o %i | wc -l")) === "10",
    30,
  );
  await cluster.saved(ids.at(-1) ?? "");

  for (const [service, works] of Object.entries(SERVICES)) {
    const pidOf = `systemctl show --value -p MainPID ${service}`;
    const before = await cluster.ok("root", `${pidOf}; kill -9 $(${pidOf})`);
    await cluster.until(
      `${service} to be back`,
      async () => {
        const { code, stdout } = await cluster.onHead("root", `${pidOf}; ${works}`);
        return code === 0 && !["0", before].includes(stdout.trim());
      },
      BACK_SECONDS,
    );
  }

  const states = await cluster.ended(ids, 90);
  expect([...states.values()]).toEqual(ids.map(() => "COMPLETED"));
  const rows = await cluster.accounting(ids, { duplicates: true });
  expect(rows.map(({ id }) => Number(id)).toSorted((a, b) => a - b)).toEqual(ids.map(Number));
  expect(await cluster.ok("ada", "cat runs/* | wc -l")).toBe(String(JOBS));
});
