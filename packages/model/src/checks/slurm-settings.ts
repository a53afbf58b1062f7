import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { CONTROL_CHARACTERS, showValue } from "../cluster-file/finding.ts";
import { nodePrefix } from "../cluster-file/node-groups.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { computeResourcesOf, queuesOf } from "./resources.ts";
import denied from "./slurm-settings.json" with { type: "json" };

const ID = "CustomSlurmSettingsValidator";

type Level = keyof typeof denied;

const DENIED: Readonly<Record<Level, ReadonlySet<string>>> = {
  cluster: lowerCase(denied.cluster),
  queue: lowerCase(denied.queue),
  computeResource: lowerCase(denied.computeResource),
};

function lowerCase(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}

type Settings = { readonly [key: string]: string | number | boolean | null | undefined };

/** Settings that Sluice makes itself, and text that would be more than the value of its key. */
export function* customSlurmSettings(file: DraftFile): Generator<Problem> {
  const path: Path = ["Scheduling", "SlurmSettings", "CustomSlurmSettings"];
  for (const { index, item } of entriesOf(file.Scheduling?.SlurmSettings?.CustomSlurmSettings)) {
    yield* settings(item, [...path, index], "cluster");
    yield* nodeNames(item, [...path, index], file);
  }
  for (const { queue, path } of queuesOf(file)) {
    yield* settings(queue.CustomSlurmSettings, [...path, "CustomSlurmSettings"], "queue");
  }
  for (const { resource, path } of computeResourcesOf(file)) {
    const place = [...path, "CustomSlurmSettings"];
    yield* settings(resource.CustomSlurmSettings, place, "computeResource");
  }
}

function* settings(
  given: Settings | null | undefined,
  path: Path,
  level: Level,
): Generator<Problem> {
  for (const [key, value] of Object.entries(given ?? {})) {
    const place = [...path, key];
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(key)) {
      const message = `${showValue(key)} can't be the name of a setting in slurm.conf`;
      yield problem(ID, place, message, "write letters and digits only", { at: "key" });
    } else if (DENIED[level].has(key.toLowerCase())) {
      const message = `${key} is set by Sluice, and another value would break the cluster`;
      yield problem(ID, place, message, "remove it", { at: "key" });
    }
    const wrong = typeof value === "string" ? unsafe(value) : undefined;
    if (wrong !== undefined) yield problem(ID, place, `${showValue(value)} ${wrong[0]}`, wrong[1]);
  }
}

/** Why a value would be more, or less, than the value of its key in slurm.conf; and what to write. */
function unsafe(value: string): readonly [string, string] | undefined {
  // Control characters are another check's finding, wherever they are.
  if (CONTROL_CHARACTERS.test(value)) return undefined;
  if (value.trim() === "") return ["is empty", "remove the key or write a value"];
  if (value.includes("#")) return ["holds a #, where slurm.conf begins a comment", "remove the #"];
  if (value.endsWith("\\")) return ["ends in \\, which joins the next line to it", "remove the \\"];
  if ((value.split('"').length - 1) % 2 === 1)
    return ["has a quote that is not closed", "close it"];
  if (/[\s"][A-Za-z]\w*\s*\+?=/.test(value)) {
    return ["holds a second setting", "give each setting a key of its own"];
  }
  return undefined;
}

/** Nodes of one's own must not be named as those that Sluice makes. */
function* nodeNames(given: Settings, path: Path, file: DraftFile): Generator<Problem> {
  for (const [key, value] of Object.entries(given)) {
    if (!/^(NodeName|NodeSet)$/i.test(key) || typeof value !== "string") continue;
    for (const { queue, resource } of computeResourcesOf(file)) {
      const { Name: queueName } = queue;
      const { Name: resourceName } = resource;
      if (typeof queueName !== "string" || typeof resourceName !== "string") continue;
      const clash = (["static", "dynamic"] as const)
        .map((kind) => nodePrefix(queueName, kind, resourceName))
        .find((prefix) => value.startsWith(prefix));
      if (clash === undefined) continue;
      const message = `${showValue(value)} is named like the nodes of queue ${queueName}`;
      const suggestion = `write a name that does not start with ${clash}`;
      yield problem("CustomSlurmNodeNamesValidator", [...path, key], message, suggestion);
      break;
    }
  }
}
