import type { SiteMachine, SiteRecord } from "@sluice/cloud";
import { editText, SluiceError, slurmOfOs } from "@sluice/model";
import { type LongOperation, reporter, signalOf, unsupported } from "../operation.ts";
import { requireSite, sitesOf } from "../site/operation.ts";
import { type DatabaseStatusView, databaseStatus } from "../site/views.ts";
import type { UpgradeTarget } from "./look.ts";

/** Of Slurm itself. */
const SLURMDBD_PORT = 6819;
const LOOK_MILLISECONDS = 1000;
/** Looks at whether the database is in step, some ten minutes: a copy may have to be made anew. */
const LOOKS = 600;

/** Slurm on the machines of a site, the one with the primary of its database first. */
export async function installedOn(
  { cloud, name }: Pick<LongOperation, "cloud" | "name">,
  { machines }: Pick<SiteRecord, "machines">,
): Promise<readonly { readonly name: string; readonly version: string }[]> {
  const found = await statuses({ cloud, name }, machines);
  const isPrimary = ({ node }: SiteMachine): boolean => found.get(node)?.role === "primary";
  return machines
    .toSorted((a, b) => Number(isPrimary(b)) - Number(isPrimary(a)))
    .map(({ node, os = "" }) => ({ name: node, version: slurmOfOs(os) ?? os }));
}

/** Throws `UNSUPPORTED_BY_PROVIDER`. */
export function requireReplacingMachines({ cloud }: Pick<LongOperation, "cloud">): void {
  if (sitesOf(cloud).replaceMachine !== undefined) return;
  throw unsupported(
    "this cloud can't make the machines of a site anew from another image",
    "make a site of the new release from a backup of this one (sluice restore --site-name)",
  );
}

/**
 * Makes the machines of a site anew with another system, each with its own volume: the one with the
 * primary last, so that a MariaDB never follows a newer one, and only when another one is in step.
 * slurmdbd is where the primary is, and converts its database when it first starts on a new machine.
 *
 * From its beginning on every machine of the site that is made anew, for whatever reason, is made with
 * the new system. Errors: those of `Sites.apply` and `Sites.replaceMachine`, `SITE_NOT_IN_STEP`.
 */
export async function upgradeSiteMachines(
  operation: LongOperation,
  { os, release }: UpgradeTarget,
): Promise<void> {
  const { cloud, name, onProgress = () => {} } = operation;
  requireReplacingMachines(operation);
  const options = { onProgress, signal: signalOf(operation) };
  const report = reporter(operation, "site");
  await wantOs(operation, os);
  for (;;) {
    const { machines } = await requireSite(cloud, name);
    const left = machines.filter((machine) => machine.os !== os);
    if (left.length === 0) return;
    const primary = await inStep(operation, machines);
    const next = left.find(({ node }) => node !== primary) ?? left[0];
    if (next === undefined) return;
    report("started", `${next.node} gets Slurm ${release}`);
    await sitesOf(cloud).replaceMachine?.(name, next.node, options);
    await inStep(operation, machines);
    report("done", `${next.node} has Slurm ${release}`);
  }
}

/** slurmdbd listens once it has converted its database, which takes hours where that is large. */
export async function awaitSlurmdbd(operation: LongOperation): Promise<void> {
  const { cloud, name, clock, signal } = operation;
  const report = reporter(operation, "slurmdbd");
  report("started", "it converts its database");
  for (;;) {
    signal?.throwIfAborted();
    const { machines } = await requireSite(cloud, name);
    const found = await statuses(operation, machines);
    const primary = machines.find(({ node }) => found.get(node)?.role === "primary");
    if (primary !== undefined && (await isListening(operation, primary.node))) break;
    await clock.sleep(LOOK_MILLISECONDS, signal);
  }
  report("done", "it answers");
}

async function isListening({ cloud, name }: LongOperation, node: string): Promise<boolean> {
  const connect = `exec 3<>/dev/tcp/localhost/${SLURMDBD_PORT}`;
  const argv = ["timeout", "2", "bash", "-c", connect];
  const { exitCode } = await sitesOf(cloud).exec(name, node, argv);
  return exitCode === 0;
}

/** The site's file with another system; its machines stay as they are. */
async function wantOs(operation: LongOperation, os: string): Promise<void> {
  const { cloud, name } = operation;
  const record = await requireSite(cloud, name);
  const text = edited(record.text, {
    title: `the file of site ${name}`,
    path: ["Servers", "Os"],
    os,
  });
  if (text !== record.text) await keepTexts(operation, { ...record, text });
}

/** So that what is made of the site's files later has the system that its cluster has now. */
export async function keepMemberOs(
  operation: LongOperation,
  {
    site,
    cluster,
    os,
  }: { readonly site: SiteRecord; readonly cluster: string; readonly os: string },
): Promise<void> {
  const former = site.clusters[cluster];
  if (former === undefined) return;
  const title = `the file of ${cluster}`;
  const text = edited(former, { title, path: ["Image", "Os"], os });
  if (text === former) return;
  await keepTexts(operation, { ...site, clusters: { ...site.clusters, [cluster]: text } });
}

async function keepTexts(
  operation: LongOperation,
  { name, text, clusters, serverText }: SiteRecord,
): Promise<void> {
  // All that it is about is there, so that there is nothing to tell.
  const options = { onProgress: () => {}, signal: signalOf(operation) };
  const server = serverText === undefined ? {} : { serverText };
  await sitesOf(operation.cloud).apply({ name, text, clusters, ...server }, options);
}

/** Throws `CLUSTER_FILE_INVALID`. */
function edited(
  text: string,
  {
    title,
    path,
    os,
  }: { readonly title: string; readonly path: readonly string[]; readonly os: string },
): string {
  const result = editText(text, [{ kind: "set", path, value: os }]);
  if (!("problems" in result)) return result.text;
  const problems = result.problems.map(({ message }) => message).join("; ");
  throw new SluiceError("CLUSTER_FILE_INVALID", "user", `${title} can't be edited: ${problems}`, {
    hint: "give the site files that are plain YAML, with update-site",
  });
}

/** Waits until any machine could be missed. @returns the one that has the primary. */
async function inStep(operation: LongOperation, machines: readonly SiteMachine[]): Promise<string> {
  const { name, clock, signal } = operation;
  let trouble: string | undefined;
  for (let look = 0; look < LOOKS; look++) {
    signal?.throwIfAborted();
    const found = await statuses(operation, machines);
    const [primary] = [...found].flatMap(([node, one]) => (one.role === "primary" ? [node] : []));
    const isWhole =
      primary !== undefined &&
      (machines.length === 1 || (found.get(primary)?.inStep.length ?? 0) > 0);
    if (isWhole) return primary;
    trouble = [...found.values()].find((one) => one.trouble !== undefined)?.trouble ?? trouble;
    await clock.sleep(LOOK_MILLISECONDS, signal);
  }
  const why = trouble === undefined ? "" : `: ${trouble}`;
  const message = `the copies of the database of site ${name} do not get in step${why}`;
  throw new SluiceError("SITE_NOT_IN_STEP", "system", message, {
    hint: `see how it is (sluice describe-site -n ${name}), then repeat`,
  });
}

async function statuses(
  { cloud, name }: Pick<LongOperation, "cloud" | "name">,
  machines: readonly SiteMachine[],
): Promise<ReadonlyMap<string, DatabaseStatusView>> {
  const all = await Promise.all(
    machines.map(async ({ node }) => [node, await databaseStatus(cloud, name, node)] as const),
  );
  return new Map(all.flatMap(([node, one]) => (one === undefined ? [] : [[node, one]])));
}
