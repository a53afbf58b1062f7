import type { Cloud, ClusterRecord, HeadView } from "@sluice/cloud";
import {
  type ClusterConfig,
  type Edit,
  editText,
  findingsError,
  parseClusterFile,
  parseStoredClusterFile,
  SluiceError,
  slurmOfOs,
} from "@sluice/model";
import { type LongOperation, reporter, requireHead, signalOf, unsupported } from "./operation.ts";
import { failOverCluster } from "./site/fail-over.ts";
import { putInForce } from "./update-cluster.ts";
import { type ClusterSummary, summaryOf } from "./views.ts";

/** What the new machine has otherwise; nothing: the same again. */
export interface HeadValues {
  readonly instanceType?: string;
  readonly imageOs?: string;
  readonly zone?: string;
}

export interface ReplaceHead extends LongOperation {
  readonly values: HeadValues;
}

export interface ReplacedHead {
  readonly cluster: ClusterSummary;
  readonly fileVersion: number;
  /** Machines that went, in that order. */
  readonly replaced: readonly string[];
}

/** A cluster file with other values for its heads. */
export interface HeadFile {
  readonly config: ClusterConfig;
  readonly configText: string;
  /** Of the file in force, that it was made from. */
  readonly before: ClusterConfig;
}

/**
 * Gives a cluster's head another machine, with jobs running through it; of two heads the one that
 * stands by first, so that somebody leads all the time. The values are in the cluster file then.
 *
 * A system with a newer Slurm is `upgradeCluster`'s work. Asking again after an end in between goes
 * on, and makes the rest anew.
 *
 * Errors: `CLUSTER_NOT_FOUND`, `CLUSTER_WRONG_STATE`, `UNSUPPORTED_BY_PROVIDER`, `CLUSTER_BUSY`,
 * `CLUSTER_FILE_INVALID`, `UPGRADE_NEEDED`, with nothing changed; `HEAD_REPLACE_FAILED`, with a
 * machine as before.
 */
export async function replaceHead(operation: ReplaceHead): Promise<ReplacedHead> {
  const { cloud, name, values } = operation;
  const record = await requireHead(cloud, name);
  requireReplacing(cloud);
  const file = headFile(record, values);
  requireSameSlurm(name, file);
  const replaced: string[] = [];
  for (const { machine } of standbyFirst(record.heads ?? [])) {
    await replaceMachine(operation, file, { machine: machine.id, isReversible: true });
    replaced.push(machine.node);
  }
  const after = await putHeadFile(operation, file);
  return { cluster: summaryOf(after), fileVersion: after.fileVersion, replaced };
}

/** Throws `UNSUPPORTED_BY_PROVIDER`. */
export function requireReplacing(cloud: Cloud): void {
  if (cloud.infrastructure.replaceHead !== undefined) return;
  throw unsupported(
    "this cloud can't make a head anew from another file",
    "stop the cluster and start it again: that makes the same head machine anew",
  );
}

/** Throws `CLUSTER_FILE_INVALID`. */
export function headFile(record: ClusterRecord, values: HeadValues): HeadFile {
  const title = `the file of ${record.name}`;
  const before = parseStoredClusterFile(record.configText, title);
  if (!before.ok) throw findingsError(before.findings);
  const edits = editsOf(before.config, values);
  const edited =
    edits.length === 0 ? { text: record.configText } : editText(record.configText, edits);
  if ("problems" in edited) {
    throw new SluiceError(
      "CLUSTER_FILE_INVALID",
      "user",
      `${title} can't be edited: ${edited.problems.map(({ message }) => message).join("; ")}`,
      { hint: "give the cluster a file that is plain YAML, with update-cluster" },
    );
  }
  const after =
    edits.length === 0
      ? before
      : parseClusterFile(edited.text, { fileName: `${record.name}.yaml` });
  if (!after.ok) throw findingsError(after.findings);
  return { config: after.config, configText: edited.text, before: before.config };
}

/** Only what is another value; a default stays unwritten. */
function editsOf(config: ClusterConfig, values: HeadValues): readonly Edit[] {
  const { HeadNode, Image } = config;
  const { instanceType, imageOs, zone } = values;
  const set = (value: string | undefined, now: string | undefined, ...path: string[]): Edit[] =>
    value === undefined || value === now ? [] : [{ kind: "set", path, value }];
  const standby = HeadNode.Standby;
  return [
    ...set(imageOs, Image.Os, "Image", "Os"),
    ...set(instanceType, HeadNode.InstanceType, "HeadNode", "InstanceType"),
    ...(standby === undefined
      ? []
      : set(instanceType, standby.InstanceType, "HeadNode", "Standby", "InstanceType")),
    ...set(zone, HeadNode.Zone, "HeadNode", "Zone"),
  ];
}

function requireSameSlurm(name: string, { before, config }: HeadFile): void {
  if (before.Image.Os === config.Image.Os) return;
  const [from, to] = [slurmOfOs(before.Image.Os), slurmOfOs(config.Image.Os)];
  if (from !== undefined && from === to) return;
  throw new SluiceError(
    "UPGRADE_NEEDED",
    "user",
    `${config.Image.Os} has another Slurm (${to ?? "unknown"}) than ${before.Image.Os} (${from ?? "unknown"})`,
    { hint: `that is an upgrade: sluice upgrade -n ${name} --image-os ${config.Image.Os}` },
  );
}

/** Those that do not lead, then the one that does. */
export function standbyFirst(heads: readonly HeadView[]): readonly HeadView[] {
  return heads.toSorted((a, b) => Number(a.role === "leading") - Number(b.role === "leading"));
}

/** One machine; of two heads the other one leads before its machine goes. */
export async function replaceMachine(
  operation: LongOperation,
  { config, configText }: HeadFile,
  { machine, isReversible }: { readonly machine: string; readonly isReversible: boolean },
): Promise<void> {
  const { cloud, name } = operation;
  const record = await requireHead(cloud, name);
  const heads = record.heads ?? [];
  const own = heads.find((head) => head.machine.id === machine);
  // A fail-over may have taken it away already, and the keeper of heads made another one.
  if (own === undefined) return;
  if (own.role === "leading" && heads.length > 1) await leadElsewhere(operation, own);
  const options = { onProgress: operation.onProgress ?? (() => {}), signal: signalOf(operation) };
  await cloud.infrastructure.replaceHead?.(
    { name, config, configText, replaces: record.fileVersion, machine, isReversible },
    options,
  );
}

const LOOK_MILLISECONDS = 500;
/** Of looks at whether the other head leads. */
const LOOKS = 120;
/** Looks until a head that leads still, or again, is asked once more. */
const LOOKS_PER_TRY = 20;

/** Hands the lead over, and waits until the other one has it. */
async function leadElsewhere(operation: LongOperation, { machine }: HeadView): Promise<void> {
  const { cloud, name, clock, signal } = operation;
  const report = reporter(operation, "head");
  report("started", `${machine.node} gives the lead up`);
  for (let look = 0; look < LOOKS; look++) {
    const { heads = [] } = await requireHead(cloud, name);
    const leader = heads.find(({ role }) => role === "leading");
    if (leader !== undefined && leader.machine.id !== machine.id) {
      report("done", `${leader.machine.node} leads`);
      return;
    }
    // Also when it took the lead again, as the other one was not fast enough.
    if (leader !== undefined && look % LOOKS_PER_TRY === 0) await resignWhenHeard(operation);
    signal?.throwIfAborted();
    await clock.sleep(LOOK_MILLISECONDS, signal);
  }
  throw new SluiceError("HEAD_TIMEOUT", "system", `no other head of ${name} took over`, {
    hint: `look at its events (sluice events -n ${name}), and repeat the command`,
  });
}

/** The leader hears some seconds late of one that stands by. */
async function resignWhenHeard({ cloud, name, clock, signal }: LongOperation): Promise<void> {
  for (let look = 0; ; look++) {
    try {
      await failOverCluster({ cloud, name, ...(signal === undefined ? {} : { signal }) });
      return;
    } catch (error) {
      const isEarly = error instanceof SluiceError && error.code === "HEAD_NO_STANDBY";
      if (!isEarly || look >= LOOKS) throw error;
      await clock.sleep(LOOK_MILLISECONDS, signal);
    }
  }
}

/** Has the head put the file in force that it was made with; nothing when it is. */
export async function putHeadFile(
  operation: LongOperation,
  { config, configText }: Pick<HeadFile, "config" | "configText">,
): Promise<ClusterRecord> {
  const record = await requireHead(operation.cloud, operation.name);
  if (record.configText === configText) return record;
  return putInForce({ ...operation, config, configText }, record);
}
