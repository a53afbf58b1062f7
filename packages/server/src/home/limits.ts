import type { Limit } from "@sluice/api";
import type { UserWorker } from "@sluice/gateway";

export interface Standing {
  readonly limits: readonly Limit[];
  readonly fairShares: readonly {
    readonly cluster: string;
    readonly account: string;
    readonly factor: number;
  }[];
}

/** Of jobs, submissions and minutes; then those of resources, each with several. */
const COUNTS = ["GrpJobs", "GrpSubmitJobs", "GrpWall", "MaxJobs", "MaxSubmitJobs"] as const;
const RESOURCES = ["GrpTRES", "GrpTRESMins", "GrpTRESRunMins", "MaxTRESPJ"] as const;

/**
 * The limits that Slurm keeps for a user and for the accounts above, asked as that user: nothing
 * where Slurm does not tell, or where nothing is accounted.
 */
export async function standingOf(
  worker: Pick<UserWorker, "command">,
  cluster: string,
  user: string,
): Promise<Standing> {
  const argv = ["scontrol", "show", "assoc_mgr", `users=${user}`, "flags=assoc"];
  const { exitCode, stdout } = await worker.command(argv);
  return exitCode === 0 ? parseStanding(stdout, cluster, user) : { limits: [], fairShares: [] };
}

/** Of `scontrol show assoc_mgr`: limits are `cpu=40(12)`, with what is used; `N` is none. */
export function parseStanding(text: string, cluster: string, user: string): Standing {
  const records = text.split(/^(?=ClusterName=)/m).filter((part) => part.startsWith("ClusterName"));
  const limits: Limit[] = [];
  const fairShares: { cluster: string; account: string; factor: number }[] = [];
  for (const record of records) {
    const account = wordIn(record, "Account");
    const name = wordIn(record, "UserName").replace(/\(\d+\)$/, "");
    if (account === "" || (name !== "" && name !== user)) continue;
    const of = name === "" ? "account" : "user";
    const about = { cluster, of, account } as const;
    for (const key of COUNTS) limits.push(...limitsIn(`=${wordIn(record, key)}`, about, key));
    for (const key of RESOURCES) limits.push(...limitsIn(wordIn(record, key), about, key));
    const factor = Number(wordIn(record, "SharesRaw/Norm/Level/Factor").split("/")[3]);
    if (of === "user" && Number.isFinite(factor)) fairShares.push({ cluster, account, factor });
  }
  return { limits: withoutRepeats(limits), fairShares };
}

function wordIn(record: string, key: string): string {
  for (const line of record.split("\n")) {
    for (const word of line.trim().split(" ")) {
      if (word.startsWith(`${key}=`)) return word.slice(key.length + 1);
    }
  }
  return "";
}

function limitsIn(
  text: string,
  about: Pick<Limit, "cluster" | "of" | "account">,
  name: string,
): readonly Limit[] {
  return text.split(",").flatMap((part) => {
    const [, resource = "", limit, used] = /^([^=]*)=(\d+)(?:\(([\d.]+)\))?$/.exec(part) ?? [];
    if (limit === undefined) return [];
    return [
      {
        ...about,
        name,
        ...(resource === "" ? {} : { resource }),
        limit: Number(limit),
        ...(used === undefined ? {} : { used: Number(used) }),
      },
    ];
  });
}

/** What an account says of each of its users, each user has again. */
function withoutRepeats(limits: readonly Limit[]): readonly Limit[] {
  return limits.filter(({ of, account, name, resource, limit }) => {
    const isPerUser = name.startsWith("Max");
    const isSaidAgain = limits.some(
      (other) =>
        other.of === "user" &&
        other.account === account &&
        other.name === name &&
        other.resource === resource &&
        other.limit === limit,
    );
    return of === "user" || !(isPerUser && isSaidAgain);
  });
}
