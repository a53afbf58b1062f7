import type { Cloud, ClusterRecord } from "@sluice/cloud";
import { parseClusterFile, SluiceError } from "@sluice/model";
import { type ClusterOperation, requireHead } from "./operation.ts";

/** Debian's range of uids for people. */
const FIRST_PERSON = 1000;
const LAST_PERSON = 59999;

export interface RunOnHead extends ClusterOperation {
  readonly argv: readonly string[];
  readonly user: string;
  /** Nobody named that user: the only one of the cluster file will do, if the head has no such user. */
  readonly isGuessed?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command on the head with the caller's own terminal or pipes.
 *
 * Errors: `CLUSTER_NOT_FOUND`, `CLUSTER_WRONG_STATE`, `USER_NOT_FOUND`.
 *
 * @returns the command's exit code.
 */
export async function runOnHead(request: RunOnHead): Promise<number> {
  const { cloud, name, argv, env } = request;
  const record = await requireHead(cloud, name);
  const user = await existingUser(request, record);
  return cloud.shell.attach(name, { argv, user, ...(env === undefined ? {} : { env }) });
}

/** The people with an account on the head, in its own order; no system accounts. */
export async function clusterUsers(operation: ClusterOperation): Promise<readonly string[]> {
  const { cloud, name } = operation;
  await requireHead(cloud, name);
  return peopleOf(cloud, name);
}

async function peopleOf(cloud: Cloud, cluster: string): Promise<readonly string[]> {
  const { stdout } = await cloud.shell.exec(cluster, { argv: ["getent", "passwd"], user: "root" });
  return stdout
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([, , uid]) => Number(uid) >= FIRST_PERSON && Number(uid) <= LAST_PERSON)
    .flatMap(([user]) => (user === undefined ? [] : [user]));
}

async function existingUser(
  { cloud, name: cluster, user, isGuessed = false }: RunOnHead,
  record: ClusterRecord,
): Promise<string> {
  if (user === "root") return user;
  // Asked by name: a directory service may not let its users be listed.
  const { exitCode } = await cloud.shell.exec(cluster, {
    argv: ["getent", "passwd", user],
    user: "root",
  });
  // 2 is getent's "not found"; for anything else, the command itself will tell more.
  if (exitCode !== 2) return user;
  const only = isGuessed ? onlyUser(record) : undefined;
  if (only !== undefined) return only;
  const people = await peopleOf(cloud, cluster);
  throw new SluiceError("USER_NOT_FOUND", "user", `cluster ${cluster} has no user ${user}`, {
    hint: `name one with --user: ${[...people, "root"].join(", ")}`,
  });
}

/** Undefined where there may be others, in the file or in a directory service. */
function onlyUser({ configText }: ClusterRecord): string | undefined {
  const parsed = parseClusterFile(configText, { fileName: "cluster.yaml" });
  if (!parsed.ok || parsed.config.DirectoryService !== undefined) return undefined;
  const [user, ...others] = parsed.config.Users;
  return others.length === 0 ? user?.Name : undefined;
}
