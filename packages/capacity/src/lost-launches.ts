import { messageOf } from "@sluice/model";
import type { SlurmJob } from "@sluice/slurm";
import type { Recorder } from "./act/recorder.ts";
import type { Returner } from "./act/returner.ts";
import type { NodeManagerDeps } from "./contract.ts";
import { askable, hostsOf, launchesInDoubt } from "./plan/lost-launches.ts";

/**
 * slurmctld believes a node that it does not run a job from so long after the start of either: its
 * BatchStartTimeout, ten seconds for messages, and two as it counts whole ones. Asked sooner it would
 * be for nothing.
 */
const BELIEVED_AFTER_MILLISECONDS = 22_000;
/** After that slurmctld has asked each node by itself. */
const KNOWN_AFTER_MILLISECONDS = 20 * 60_000;
/** Nodes that are asked in one go; each answers with a registration. */
const AT_ONCE = 100;
const LOOK_MILLISECONDS = 1000;
/** Looks at what became of the jobs. */
const LOOKS = 10;
const REASON = "its script never came to its node before slurmctld ended; Slurm runs it again";

interface Deps extends Pick<NodeManagerDeps, "slurm" | "clock" | "log"> {
  readonly recorder: Recorder;
  readonly returner: Returner;
}

/**
 * After a start of slurmctld: has the nodes of batch jobs in doubt register, on which slurmctld sees
 * which of them are not there, and requeues those. Never rejects.
 *
 * To release a node that nobody holds has slurmctld ask it within a second; until it answered it
 * counts as not responding, and gets no new jobs. `scontrol reconfigure` would ask all nodes, and
 * have slurmctld and every slurmd begin anew.
 */
export async function findLostLaunches(
  { slurm, clock, log, recorder, returner }: Deps,
  {
    startedAt,
    until,
    signal,
  }: { readonly startedAt: Date; readonly until: AbortSignal; readonly signal: AbortSignal },
): Promise<void> {
  const age = clock.now().getTime() - startedAt.getTime();
  if (age > KNOWN_AFTER_MILLISECONDS) return;
  await clock.sleep(Math.max(0, BELIEVED_AFTER_MILLISECONDS + 1000 - age), until);
  try {
    if (until.aborted) return;
    const doubted = launchesInDoubt(await slurm.jobs({ signal: until }), startedAt);
    const names = hostsOf(doubted);
    if (names.length === 0) return;
    const asked = askable(await slurm.nodes({ names, signal: until }));
    for (let from = 0; from < asked.length; from += AT_ONCE) {
      const nodes = asked.slice(from, from + AT_ONCE);
      await slurm.updateNodes(nodes, { state: "UNDRAIN" }, { signal: until });
      await clock.sleep(LOOK_MILLISECONDS, until);
    }
    const before = new Map(doubted.map((job) => [job.id, job]));
    for (let looks = 0; looks < LOOKS && before.size > 0 && !until.aborted; looks++) {
      for (const job of await slurm.jobs({ signal: until })) {
        const former = before.get(job.id);
        if (former === undefined || !wentBack(job, former)) continue;
        before.delete(job.id);
        recorder.add("job-requeued", REASON, { jobId: job.id });
        returner.add([job.id], signal);
      }
      await clock.sleep(LOOK_MILLISECONDS, until);
    }
  } catch (error) {
    const what = "jobs that never began may hold nodes until slurmctld asks these itself";
    if (!until.aborted) log.warn({ error: messageOf(error) }, what);
  }
}

function wentBack(job: SlurmJob, former: SlurmJob): boolean {
  if (job.state === "PENDING") return true;
  return job.state === "COMPLETING" && job.startTime?.getTime() === former.startTime?.getTime();
}
