import { expect, test } from "vitest";
import { LIGHT } from "./clusters.ts";
import { mainSite } from "./harness.ts";

const JOBS = 20;
const PID = "systemctl show --value -p MainPID slurmctld";
/** Seconds until the jobs may start: none has when slurmctld is killed. */
const LATER = 20;
/** Of all jobs when only the held one is left. */
const DONE = "COMPLETED\nPENDING";
const AGAIN = "journalctl -q -u sluice-head -o cat --no-pager | grep -c 'handed in again'";

test("what sbatch acknowledged outlives slurmctld killed before it saved", async () => {
  await using cluster = await mainSite().createCluster("kept", LIGHT);
  // From a save on there are five seconds until the next.
  await cluster.saved(
    await cluster.ok("ada", "mkdir runs; sbatch --parsable -J held --hold --wrap true"),
  );
  const ids = (
    await cluster.ok(
      "ada",
      `run='echo run >> runs/$SLURM_JOB_ID'
       for i in $(seq ${JOBS}); do
         sbatch --parsable -b now+${LATER} -o /dev/null -J job$i --wrap "$run" &
       done
       wait
       printf '%s\\n' '#!/bin/sh' '#SBATCH --output=%x.out' 'echo $VALUE' "$run" > job.sh
       VALUE='a b' sbatch --parsable -b now+${LATER} -J script --nice=7 -t 9 --comment='a b' job.sh`,
    )
  ).split("\n");
  expect(ids).toHaveLength(JOBS + 1);
  const array = await cluster.ok(
    "ada",
    `sbatch --parsable -o %A_%a.out -a 1-6:2%2 -d afterok:${ids.at(-1)} --wrap 'echo task'`,
  );
  const shown = "squeue -h -o '%i|%j|%u|%a|%q|%P|%l|%k|%y|%C|%m|%Z' | grep -v held | sort";
  const before = await cluster.ok("root", `${shown}; kill -9 $(${PID})`);
  await cluster.until(
    "every job to be back",
    async () => {
      const { stdout } = await cluster.onHead("root", shown);
      return stdout.trimEnd() === before;
    },
    30,
  );
  expect(Number(await cluster.ok("root", AGAIN))).toBeGreaterThan(0);

  await cluster.until(
    "all but the held one to end",
    async () => (await cluster.ok("root", "squeue -h -t all -o %T | sort -u")) === DONE,
    90,
  );
  expect(await cluster.ok("ada", "cat runs/* | wc -l")).toBe(String(JOBS + 1));
  expect(await cluster.ok("ada", `cat script.out ${array}_1.out ${array}_5.out`)).toBe(
    "a b\ntask\ntask",
  );
}, 240_000);
