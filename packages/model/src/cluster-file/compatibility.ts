import { CHECK_TABLE, type CheckRow } from "../checks/table/index.ts";
import parallelClusterKeys from "./parallelcluster-keys.json" with { type: "json" };
import { clusterSchema } from "./schema/cluster.ts";
import type { KeyMeta } from "./schema/meta.ts";
import { keysBelow, metaOf, type SchemaKey } from "./schema-tree.ts";

/** Clouds in which this version makes clusters; files of the others are read and checked. */
export const PROVIDERS_THAT_RUN: readonly string[] = ["local", "aws"];

/** `docs/parallelcluster.md`: every key and every check, and what becomes of it. */
export function renderCompatibility(): string {
  const keys = [...keysBelow(clusterSchema)].filter(({ schema }) => metaOf(schema).update);
  const states = statesOf(keys);
  return [
    INTRODUCTION,
    "## Keys",
    "",
    KEYS,
    "",
    "| key | state | update in ParallelCluster | update here |",
    "| --- | --- | --- | --- |",
    ...keys.map((key) => keyRow(key, states)),
    ...Object.entries(parallelClusterKeys)
      .filter(([path]) => path.startsWith("Scheduling.AwsBatch"))
      .map(([path, policy]) =>
        row([`\`${path}\``, "refused: AWS Batch is no scheduler here", `\`${policy}\``, ""]),
      ),
    "",
    "## Checks",
    "",
    CHECKS,
    "",
    "| check | looks whether | made | levels |",
    "| --- | --- | --- | --- |",
    ...CHECK_TABLE.map(checkRow),
    "",
  ].join("\n");
}

const INTRODUCTION = `# ParallelCluster's file, key by key and check by check

<!-- Written by scripts/docs.ts from the schema and the table of checks; do not edit. -->

A version-3 file of AWS ParallelCluster is read as it is. What each key means is in
[cluster-file.md](cluster-file.md), how to come over in [migrating.md](migrating.md).
`;

const KEYS = `- **done**: the key has its effect on a cluster that this version makes, on AWS at least; one that
  has none with \`Provider: local\` is reported there.
- **read**: the key is read, checked and kept. It is for clouds in which this version can't make
  clusters, which is Azure.
- **no effect**: read, so that the file need not be changed, and reported as having none anywhere.
- **refused**: an error that says what to do instead.

Keys with **+** are Sluice's own. A policy in the last column that differs from ParallelCluster's is
gentler.`;

const CHECKS = `Checks have ParallelCluster's identifiers, so that \`--suppress-validators type:NAME\` and
\`--validation-failure-level\` work as they do there; those with **+** are Sluice's own.

- **offline**: always, from the file and the built-in machine types.
- **online**: with \`--online\` and an account; otherwise listed as not made.
- **both**: as far as it goes without an account, the rest with one.
- **schema**: while the file is read; can't be suppressed.
- **not made**: what it is about does not exist here, or is no mistake here.`;

const THEIRS: ReadonlyMap<string, string> = new Map(Object.entries(parallelClusterKeys));

function keyRow({ path, schema }: SchemaKey, sections: ReadonlyMap<string, KeyState>): string {
  const { extension, update } = metaOf(schema);
  const theirs = THEIRS.get(path);
  return row([
    `\`${path}\`${extension ? " **+**" : ""}`,
    sections.get(path) ?? "done",
    theirs === undefined ? "" : `\`${theirs}\``,
    `\`${update}\``,
  ]);
}

type KeyState = string;

/** Of each key by its path; what a section is without effect in, so are the keys in it. */
function statesOf(keys: readonly SchemaKey[]): ReadonlyMap<string, KeyState> {
  const states = new Map<string, KeyState>();
  for (const { path, schema } of keys) {
    const section = path.replace(/(\[\])?\.[^.]+$/, "");
    const above = section === path ? undefined : states.get(section);
    const own = stateOf(metaOf(schema));
    states.set(path, above === undefined || above === "done" ? own : above);
  }
  return states;
}

function stateOf({ noEffect, providers }: Partial<KeyMeta>): KeyState {
  if (noEffect !== undefined) return `no effect: ${noEffect}`;
  const runs = providers?.some((provider) => PROVIDERS_THAT_RUN.includes(provider)) ?? true;
  return runs ? "done" : "read";
}

function checkRow({ id, says, how, levels, ours, note }: CheckRow): string {
  const made = how === "refused" ? "not made" : how;
  return row([
    `\`${id}\`${ours ? " **+**" : ""}`,
    says,
    note === undefined ? made : `${made}: ${note}`,
    levels.join(", "),
  ]);
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
