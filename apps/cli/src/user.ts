import { basename } from "node:path";
import type { Cloud } from "@sluice/cloud";
import { clusterUsers, type RunOnHead } from "@sluice/lifecycle";
import { SluiceError } from "@sluice/model";
import type { Context } from "./context.ts";

const SUBMITS: ReadonlySet<string> = new Set(["sbatch", "srun", "salloc"]);

export interface UserQuestion {
  readonly cloud: Cloud;
  readonly cluster: string;
  /** From --user. */
  readonly asked: string | undefined;
  readonly argv: readonly string[];
}

/**
 * Who a command on the head runs as: the user asked for, else whoever called `sudo` if the cluster
 * knows them, else the user of this process, whose name on a laptop may be nobody's on the cluster.
 *
 * Errors: `ROOT_SUBMISSION`: jobs that nobody asked to run as root don't.
 */
export async function userFor(
  context: Context,
  question: UserQuestion,
): Promise<Pick<RunOnHead, "user" | "isGuessed">> {
  if (question.asked !== undefined) return { user: question.asked };
  const { env } = context.host;
  const own = context.host.userName();
  if (own !== "root") return { user: own, isGuessed: true };

  const users = await clusterUsers({ cloud: question.cloud, name: question.cluster });
  if (env.SUDO_USER !== undefined && users.includes(env.SUDO_USER)) {
    return { user: env.SUDO_USER };
  }
  const command = basename(question.argv[0] ?? "");
  if (!SUBMITS.has(command)) return { user: own };
  const known = users.length === 0 ? "it has none yet" : `one of ${users.join(", ")}`;
  throw new SluiceError("ROOT_SUBMISSION", "user", `${command} would run as root`, {
    hint: `name a user of the cluster with --user: ${known}`,
  });
}
