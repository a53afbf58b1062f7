import type { HeadContext } from "./context.ts";

/**
 * Where accounting is: `own`: a database and slurmdbd on the head. `database`: a database elsewhere,
 * slurmdbd on the head. `slurmdbd`: elsewhere.
 */
export function accountingOf({
  config,
  cloud,
}: Pick<HeadContext, "config" | "cloud">): "own" | "database" | "slurmdbd" {
  const { ExternalSlurmdbd, Database } = config.Scheduling.SlurmSettings;
  if (ExternalSlurmdbd !== undefined) return "slurmdbd";
  return Database === undefined && cloud.database === undefined ? "own" : "database";
}
