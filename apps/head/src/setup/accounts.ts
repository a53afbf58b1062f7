import { SluiceError } from "@sluice/model";
import { accountingOf } from "../accounting.ts";
import type { HeadContext } from "../context.ts";
import { run } from "../run.ts";
import { until } from "./services.ts";

/** The cluster, one account and its users in slurmdbd, so that sreport knows whose job it was. */
export async function ensureAccounts(
  context: Pick<HeadContext, "clusterName" | "config" | "cloud">,
): Promise<void> {
  const sacctmgr = (...words: string[]): Promise<string> =>
    run(["sacctmgr", "--immediate", "--quiet", ...words]);
  const cluster = context.clusterName.toLowerCase();
  await awaitSlurmdbd(context);
  const known = await run([
    "sacctmgr",
    "--noheader",
    "--parsable2",
    "show",
    "associations",
    "format=cluster,account,user",
  ]);
  const has = (account: string, user: string): boolean =>
    known.split("\n").includes(`${cluster}|${account}|${user}`);
  if (!has("root", "")) await sacctmgr("add", "cluster", cluster);
  if (!has("users", ""))
    await sacctmgr(
      "add",
      "account",
      "users",
      `cluster=${cluster}`,
      "description=cluster users",
      "organization=sluice",
    );
  const missing = context.config.Users.map((user) => user.Name).filter(
    (name) => !has("users", name),
  );
  if (missing.length > 0)
    await sacctmgr("add", "user", missing.join(","), "account=users", `cluster=${cluster}`);
}

/** Errors: `SERVICE_NOT_STARTED` of one that is here, `SLURMDBD_UNREACHABLE` of one that is elsewhere. */
async function awaitSlurmdbd(context: Pick<HeadContext, "config" | "cloud">): Promise<void> {
  const answers = () => run(["sacctmgr", "--noheader", "show", "cluster"]).then(() => true);
  if (accountingOf(context) !== "slurmdbd") return until("slurmdbd", answers);
  try {
    await until("slurmdbd", answers);
  } catch (cause) {
    const { Host, BackupHost } = context.config.Scheduling.SlurmSettings.ExternalSlurmdbd ?? {};
    const where = [Host, BackupHost].filter((host) => host !== undefined).join(" or ");
    const message = `slurmdbd at ${where} does not answer`;
    throw new SluiceError("SLURMDBD_UNREACHABLE", "system", message, {
      cause,
      hint: "jobs run without it; see how the machine is that it is on",
    });
  }
}
