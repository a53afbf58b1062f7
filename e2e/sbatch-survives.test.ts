import { expect, test } from "vitest";
import { LIGHT } from "./clusters.ts";
import { type Cluster, mainSite } from "./harness.ts";

const JOBS = 20;
/** With one of a script, one that may not start yet, and an array. */
const SUBMITTED = JOBS + 3;
/** slurmctld may save at its own time just then, which takes nothing from it. */
const ATTEMPTS = 5;

/** All jobs whose names begin with `name`, whatever became of them, as far as users say how they are. */
function queueOf(name: string): string {
  return `squeue -h -t all -o '%j|%i|%u|%a|%q|%P|%l|%k|%y|%C|%m|%Z' | grep '^${name}' | sort`;
}

/** When the job of that name may start. */
function eligibleOf(name: string): string {
  return `squeue -h -n ${name} -O EligibleTime`;
}

interface Killed {
  readonly name: string;
  /** The array is last, before it the job that may not start yet. */
  readonly ids: readonly string[];
  /** When that job may start. */
  readonly eligible: string;
  /** The queue a moment before. */
  readonly queue: string;
}

/**
 * Kills slurmctld after it acknowledged jobs and before it saved them: for some seconds after it has
 * saved it does not do so again. Undefined when it had saved all the same.
 */
async function killUnsaved(
  cluster: Cluster,
  held: string,
  name: string,
): Promise<Killed | undefined> {
  const submissions = `cd
    run='echo run >> runs/$SLURM_JOB_ID'
    for i in $(seq ${JOBS}); do
      sbatch --parsable --hold -o /dev/null -J ${name}job$i --wrap "$run" &
    done
    wait
    printf '%s\\n' '#!/bin/sh' '#SBATCH --output=%x.out' 'echo $VALUE' "$run" > job.sh
    last=$(VALUE='a b' sbatch --parsable --hold -J ${name}script --nice=7 -t 9 \\
      --comment='a b' job.sh)
    echo $last
    sbatch --parsable -b now+1hour -o /dev/null -J ${name}later --wrap true
    sbatch --parsable -J ${name}array -o %A_%a.out -a 1-6:2%2 -d afterok:$last --wrap 'echo task'`;
  const quoted = submissions.replaceAll("'", `'"'"'`);
  const output = await cluster.ok(
    "root",
    `version() { stat -c '%i %y' /var/lib/sluice/slurmctld/job_state; }
     before=$(version)
     scontrol update jobid=${held} comment=${name}
     while [ "$(version)" = "$before" ]; do sleep 0.05; done
     before=$(version)
     ids=$(runuser -l ada -c '${quoted}') || exit 1
     queue=$(${queueOf(name)})
     eligible=$(${eligibleOf(`${name}later`)})
     # The journal may be some milliseconds behind.
     sleep 0.3
     kill -9 $(systemctl show --value -p MainPID slurmctld)
     [ "$(version)" = "$before" ] || echo SAVED
     printf '%s\\n' "$ids" "$eligible" "$queue"`,
    { timeout: 60 },
  );
  const lines = output.split("\n");
  if (lines[0] === "SAVED") return undefined;
  const [eligible = "", ...queue] = lines.slice(SUBMITTED);
  return { name, ids: lines.slice(0, SUBMITTED), eligible, queue: queue.join("\n") };
}

test("what sbatch acknowledged outlives slurmctld killed before it saved", async () => {
  await using cluster = await mainSite().createCluster("kept", LIGHT);
  const held = await cluster.ok(
    "ada",
    "mkdir runs; sbatch --parsable -J held --hold -o /dev/null --wrap true",
  );
  let killed: Killed | undefined;
  for (let attempt = 1; killed === undefined && attempt <= ATTEMPTS; attempt++) {
    killed = await killUnsaved(cluster, held, `a${attempt}`);
    if (killed !== undefined) break;
    await cluster.until(
      "slurmctld to be back",
      async () => (await cluster.onHead("root", "scontrol ping")).stdout.includes("UP"),
      30,
    );
  }
  if (killed === undefined) throw new Error(`slurmctld saved first, ${ATTEMPTS} times`);
  const { name, ids, eligible, queue } = killed;
  expect(queue.split("\n")).toHaveLength(SUBMITTED);
  const look = async () => (await cluster.onHead("root", queueOf(name))).stdout.trimEnd();
  await cluster.until("every job to be back", async () => (await look()) === queue, 60);
  expect(await cluster.ok("root", eligibleOf(`${name}later`))).toBe(eligible.trimEnd());
  const { events } = (await cluster.sluice("events")).json<{
    events: readonly { kind: string; job?: string }[];
  }>();
  const restored = events.filter(({ kind }) => kind === "job-restored").map(({ job }) => job);
  expect(ids.filter((id) => !restored.includes(id))).toEqual([]);

  // Held by their user as before, and not by an administrator.
  const ran = ids.slice(0, JOBS + 1);
  await cluster.ok("ada", `scontrol release ${ran.join(",")}`);
  const states = `squeue -h -t all -o '%j|%T' | grep '^${name}' | grep -v later | cut -d '|' -f 2`;
  await cluster.until(
    "all to end",
    async () => (await cluster.ok("root", `${states} | sort -u`)) === "COMPLETED",
    90,
  );
  const array = ids.at(-1);
  expect(await cluster.ok("ada", `cd runs; cat ${ran.join(" ")} | wc -l`)).toBe(String(JOBS + 1));
  expect(await cluster.ok("ada", `cat ${name}script.out ${array}_1.out ${array}_5.out`)).toBe(
    "a b\ntask\ntask",
  );
}, 240_000);
