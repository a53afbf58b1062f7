import { mountPoint } from "../cluster-file/config.ts";
import { type Draft, type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import type { ClusterFile } from "../cluster-file/schema/cluster.ts";
import { repeated } from "./check.ts";
import { providerOf } from "./provider.ts";

const ID = "BackupValidator";
const TO: Path = ["Backup", "To"];
/** What of a local head machine is not its own disk. */
const KEPT_ON_LOCAL = ["/home", "/shared", "/var/lib/sluice"] as const;

/** Where backups go is a place that outlives the machine that makes them. */
export function* backups(file: DraftFile): Generator<Problem> {
  yield* backupRecipients(file.Backup);
  const to = file.Backup?.To;
  if (typeof to !== "string") return;
  const provider = providerOf(file);
  const isBucket = to.startsWith("s3://");
  if (provider === "aws" && !isBucket) {
    const message = `${showValue(to)} is a folder of the head machine, which may be lost with it`;
    yield problem(ID, TO, message, 'write a place in a bucket, such as "s3://bucket/prefix"');
  } else if (provider === "local" && isBucket) {
    const message = `${showValue(to)} is a bucket, and a head of the local cloud has no rights in one`;
    yield problem(ID, TO, message, 'write a shared folder, such as "/shared/backups"');
  } else if (to.split("/").includes("..")) {
    const message = `${showValue(to)} leads upwards`;
    yield problem(ID, TO, message, "write the path without `..`");
  } else if (provider === "local" && !isKept(to, file)) {
    const message = `${showValue(to)} is on the head machine's own disk, which goes with the machine`;
    const suggestion = 'write a shared folder, such as "/shared/backups"';
    yield problem(ID, TO, message, suggestion, { level: "WARNING" });
  }
}

/** Of a cluster's file or a site's. */
export function* backupRecipients(
  backup: Draft<NonNullable<ClusterFile["Backup"]>> | undefined,
): Generator<Problem> {
  const keys = entriesOf(backup?.Recipients).map(({ index, item }) => ({
    name: item,
    path: ["Backup", "Recipients", index],
  }));
  for (const { again } of repeated(keys)) {
    yield problem(ID, again.path, "this key is in the list already", "remove it");
  }
}

function isKept(to: string, file: DraftFile): boolean {
  const shared = entriesOf(file.SharedStorage).flatMap(({ item }) =>
    typeof item.MountDir === "string" ? [mountPoint(item.MountDir)] : [],
  );
  return [...KEPT_ON_LOCAL, ...shared].some((dir) => to === dir || to.startsWith(`${dir}/`));
}
