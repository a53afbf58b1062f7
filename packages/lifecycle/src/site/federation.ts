import type { Cloud } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import type { SiteOperation } from "./operation.ts";

/**
 * Has the clusters, and no others, in a federation of Slurm. Repeatable.
 *
 * @throws SluiceError `FEDERATION_FAILED` with what sacctmgr said.
 */
export async function federate(
  { cloud }: Pick<SiteOperation, "cloud">,
  federation: string,
  clusters: readonly string[],
): Promise<void> {
  const [first] = clusters;
  if (first === undefined) return;
  const names = clusters.map(slurmName).join(",");
  const list = ["list", "federation", `name=${federation}`, "format=federation%50"];
  const known = await sacctmgr(cloud, first, "--noheader", "--parsable2", ...list);
  const isKnown = known.split("\n").includes(federation);
  await sacctmgr(
    ...([cloud, first, "--immediate"] as const),
    ...(isKnown
      ? ["modify", "federation", federation, "set", `clusters=${names}`]
      : ["add", "federation", federation, `clusters=${names}`]),
  );
}

/** Takes the clusters out of every federation, as far as they are in one. */
export async function unfederate(
  { cloud }: Pick<SiteOperation, "cloud">,
  federation: string,
  cluster: string,
): Promise<void> {
  await sacctmgr(cloud, cluster, "--immediate", "delete", "federation", federation);
}

/** Slurm's names of clusters have no capitals. */
function slurmName(cluster: string): string {
  return cluster.toLowerCase();
}

async function sacctmgr(cloud: Cloud, cluster: string, ...words: readonly string[]) {
  const argv = ["sacctmgr", ...words];
  const { exitCode, stdout, stderr } = await cloud.shell.exec(cluster, { argv, user: "root" });
  // Nothing to change is an exit code of its own.
  if (exitCode === 0 || /Nothing (new )?(added|modified|changed|deleted)/i.test(stdout + stderr)) {
    return stdout;
  }
  const why = stderr.trim().split("\n").at(-1) || stdout.trim().split("\n").at(-1);
  throw new SluiceError("FEDERATION_FAILED", "system", `sacctmgr on ${cluster} said: ${why}`, {
    hint: `see what it has (sluice run -n ${cluster} --user root -- sacctmgr list federation)`,
  });
}
