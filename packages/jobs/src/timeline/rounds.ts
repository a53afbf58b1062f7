import type { UserWorker } from "@sluice/gateway";
import { parseTime } from "@sluice/slurm";
import { stateOf } from "../cache/records.ts";
import type { Round } from "./contract.ts";

/** The name, which is free text, is last. */
const FIELDS = "JobIDRaw,User,UID,Submit,Eligible,Start,End,State,ExitCode,NodeList,JobName";
const COUNT = FIELDS.split(",").length;

/** In which a round ends that has another behind it. */
const GOES_ON: ReadonlySet<string> = new Set([
  ...["REQUEUED", "NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "LAUNCH_FAILED", "PENDING"],
]);

interface Wanted {
  readonly id: number;
  readonly user: string;
  readonly name: string;
}

/** What accounting has of each try of a job, oldest first; none when it does not answer. */
export async function jobRounds(
  worker: Pick<UserWorker, "command">,
  job: Wanted & { readonly label: string },
  signal?: AbortSignal,
): Promise<readonly Round[]> {
  // Tasks that wait together have one label that sacct does not take.
  const label = job.label.includes("[") ? `${job.id}` : job.label;
  const argv = ["sacct", "--noheader", "--parsable2", "--allocations", "--duplicates"];
  const { exitCode, stdout } = await worker.command(
    [...argv, `--jobs=${label}`, `--format=${FIELDS}`],
    signal === undefined ? {} : { signal },
  );
  return exitCode === 0 ? roundsOf(stdout, job) : [];
}

/** Rounds of such an output. A number that was given twice is two jobs: only the later one's. */
export function roundsOf(output: string, { id, user, name }: Wanted): readonly Round[] {
  const all = output
    .split("\n")
    .flatMap((line) => {
      const values = line.split("|");
      if (values.length < COUNT) return [];
      const [raw, owner, uid, submit, eligible, start, end, state = "", exitCode = "", nodes = ""] =
        values;
      const submittedAt = parseTime(submit);
      const isOurs =
        raw === `${id}` && owner === user && values.slice(COUNT - 1).join("|") === name;
      if (!isOurs || submittedAt === undefined) return [];
      return [
        {
          submittedAt,
          eligibleAt: parseTime(eligible),
          startedAt: parseTime(start),
          endedAt: parseTime(end),
          state: stateOf(state),
          cancelledBy: numberIn(/^CANCELLED by (\d+)$/.exec(state)?.[1]),
          uid: numberIn(uid),
          exitCode,
          nodes: nodes === "None assigned" ? "" : nodes,
        },
      ];
    })
    .toSorted((a, b) => a.submittedAt.getTime() - b.submittedAt.getTime());
  const last = all.findLastIndex(
    ({ state }, index) => index < all.length - 1 && !GOES_ON.has(state),
  );
  return all.slice(last + 1);
}

function numberIn(text: string | undefined): number | undefined {
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}
