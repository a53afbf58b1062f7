import type { HeadContext } from "../context.ts";
import { run } from "../run.ts";
import { until } from "./services.ts";

/** The cluster, one account and its users in slurmdbd, so that sreport knows whose job it was. */
export async function ensureAccounts(
  context: Pick<HeadContext, "clusterName" | "config">,
): Promise<void> {
  const sacctmgr = (...words: string[]): Promise<string> =>
    run(["sacctmgr", "--immediate", "--quiet", ...words]);
  const cluster = context.clusterName.toLowerCase();
  await until("slurmdbd", () =>
    run(["sacctmgr", "--noheader", "show", "cluster"]).then(() => true),
  );
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
