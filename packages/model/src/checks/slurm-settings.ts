import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { CONTROL_CHARACTERS, showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { computeResourcesOf, queuesOf } from "./resources.ts";
import denied from "./slurm-settings.json" with { type: "json" };

const ID = "CustomSlurmSettingsValidator";

type Level = keyof typeof denied;

const DENIED: Readonly<Record<Level, ReadonlySet<string>>> = {
  cluster: lowerCase(denied.cluster),
  queue: lowerCase(denied.queue),
  computeResource: lowerCase(denied.computeResource),
  line: lowerCase(denied.line),
};

function lowerCase(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}

type Settings = { readonly [key: string]: string | number | boolean | null | undefined };

/** Custom settings that describe a thing of which there are many: such an entry is a line of its own. */
const LINE_KEYS = new Set(["nodename", "partitionname", "nodeset", "downnodes", "frontendname"]);

/** Settings that Sluice makes itself, and text that would be more than the value of its key. */
export function* customSlurmSettings(file: DraftFile): Generator<Problem> {
  const path: Path = ["Scheduling", "SlurmSettings", "CustomSlurmSettings"];
  const queues = new Set([...queuesOf(file)].map(({ queue }) => queue.Name));
  for (const { index, item } of entriesOf(file.Scheduling?.SlurmSettings?.CustomSlurmSettings)) {
    const isLine = Object.keys(item).some((key) => LINE_KEYS.has(key.toLowerCase()));
    yield* settings(item, [...path, index], isLine ? undefined : "cluster");
    if (isLine) yield* ownThings(item, [...path, index], queues);
    else yield* fixedValues(item, [...path, index]);
  }
  for (const { queue, path } of queuesOf(file)) {
    yield* settings(queue.CustomSlurmSettings, [...path, "CustomSlurmSettings"], "queue");
  }
  for (const { resource, path } of computeResourcesOf(file)) {
    const place = [...path, "CustomSlurmSettings"];
    yield* settings(resource.CustomSlurmSettings, place, "computeResource");
  }
}

/** @param level undefined for nodes and partitions of one's own, whose settings are nobody else's. */
function* settings(
  given: Settings | null | undefined,
  path: Path,
  level: Level | undefined,
): Generator<Problem> {
  for (const [key, value] of Object.entries(given ?? {})) {
    const place = [...path, key];
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(key)) {
      const message = `${showValue(key)} can't be the name of a setting in slurm.conf`;
      yield problem(ID, place, message, "write letters and digits only", { at: "key" });
    } else if (DENIED[level ?? "line"].has(key.toLowerCase())) {
      const message = `${key} is set by Sluice, and another value would break the cluster`;
      yield problem(ID, place, message, "remove it", { at: "key" });
    }
    const wrong = typeof value === "string" ? unsafe(value) : undefined;
    if (wrong !== undefined) yield problem(ID, place, `${showValue(value)} ${wrong[0]}`, wrong[1]);
  }
}

/** Settings of which a part has to stay as it is. */
function* fixedValues(given: Settings, path: Path): Generator<Problem> {
  for (const [key, value] of Object.entries(given)) {
    const setting = key.toLowerCase();
    if (value === null || value === undefined) continue;
    const words = String(value).toLowerCase().split(",");
    if (setting === "privatedata" && !words.includes("cloud")) {
      const message = "without `cloud` in PrivateData Slurm hides nodes that are switched off";
      yield problem(ID, [...path, key], message, `write ${value},cloud`);
    } else if (setting === "disablerootjobs" && !/^(yes|true|1)$/.test(words[0] ?? "")) {
      const message = "no job runs as root in a cluster of Sluice";
      yield problem(ID, [...path, key], message, "remove it");
    }
  }
}

/** Why a value would be more, or less, than the value of its key in slurm.conf; and what to write. */
function unsafe(value: string): readonly [string, string] | undefined {
  // Control characters are another check's finding, wherever they are.
  if (CONTROL_CHARACTERS.test(value)) return undefined;
  if (value.trim() === "") return ["is empty", "remove the key or write a value"];
  const inner = value.trim().replace(/^"(.*)"$/, "$1");
  if (inner.includes('"')) return ["has a quote inside, which no value can have", "remove it"];
  if (/[\s"][A-Za-z]\w*\s*\+?=/.test(value)) {
    return ["holds a second setting", "give each setting a key of its own"];
  }
  return undefined;
}

/** What stands in the names of nodes that Sluice makes, and only there. */
const KINDS = ["-st-", "-dy-"] as const;

/** Nodes and partitions of one's own must not be taken for those that Sluice makes. */
function* ownThings(
  given: Settings,
  path: Path,
  queues: ReadonlySet<string | null | undefined>,
): Generator<Problem> {
  for (const [key, value] of Object.entries(given)) {
    if (typeof value !== "string") continue;
    const setting = key.toLowerCase();
    const kind = KINDS.find((part) => value.includes(part));
    if ((setting === "nodename" || setting === "nodeset") && kind !== undefined) {
      const message = `${showValue(value)} is named like the nodes of a queue, which Sluice starts and stops`;
      const suggestion = `write a name without ${kind}`;
      yield problem("CustomSlurmNodeNamesValidator", [...path, key], message, suggestion);
    } else if (setting === "partitionname" && queues.has(value)) {
      const message = `${showValue(value)} is a queue of this file`;
      const suggestion = "write another name, or CustomSlurmSettings in the queue";
      yield problem(ID, [...path, key], message, suggestion);
    }
  }
}
