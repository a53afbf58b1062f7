import { type Change, type ChangePlan, EFFECTS, type Effect } from "@sluice/model";
import { compressHostList } from "@sluice/slurm";
import type { Paint } from "./paint.ts";
import { clipped, harmless, table } from "./table.ts";

/** What each effect is to the people who work on the cluster. */
const MEANING: Readonly<Record<Effect, string>> = {
  live: "at once, no node notices",
  drain: "when the jobs on the nodes have ended",
  terminate: "at once, jobs on the nodes are requeued",
  "fleet-stop": "with the compute fleet stopped, running jobs are requeued",
  refused: "this cluster can't have it",
};

export function planText(plan: ChangePlan, paint: Paint): string {
  const { changes } = plan;
  if (changes.length === 0) return "nothing changes\n";
  const groups = EFFECTS.toReversed().map((effect) =>
    groupText(
      effect,
      changes.filter((change) => change.effect === effect),
      paint,
    ),
  );
  const parts = [...groups, costText(plan), nodesText(plan), stepsText(plan, paint)];
  return parts.filter((part) => part !== "").join("\n");
}

function groupText(effect: Effect, changes: readonly Change[], paint: Paint): string {
  if (changes.length === 0) return "";
  const title = effect === "refused" ? paint.bad(effect) : paint.bold(effect);
  const places = Map.groupBy(changes, (change) => placeOf(change).section);
  const nodes = changes.some((change) => change.nodes.length > 0) ? ["NODES"] : [];
  const rows = table(
    ["    KEY", "FROM", "TO", ...nodes],
    [...places.values()]
      .flat()
      .map((change) => [
        `    ${placeOf(change).key}`,
        shown(change.from),
        shown(change.to),
        clipped(compressHostList(change.nodes), LONGEST),
      ]),
  );
  const [headings = "", ...lines] = rows.trimEnd().split("\n");
  const sections = [...places].flatMap(([section, { length }]) => [
    ...(section === "" ? [] : [`  ${section}`]),
    ...lines.splice(0, length),
  ]);
  const text = [`${title}  ${MEANING[effect]}`, paint.dim(headings), ...sections, ""].join("\n");
  return `${text}${reasonsText(changes, paint)}`;
}

/** The key that changes, or the entry of a list, and the section that it is in. */
function placeOf({ path }: Change): { readonly section: string; readonly key: string } {
  const steps = harmless(path).split(/\.(?![^[]*\])/);
  return { section: steps.slice(0, -1).join("."), key: steps.at(-1) ?? "" };
}

/** Each reason once, with the changes that it is about where there are several reasons. */
function reasonsText(changes: readonly Change[], paint: Paint): string {
  const groups = Map.groupBy(changes, ({ reason, suggestion = "" }) => `${reason}\n${suggestion}`);
  return [...groups.values()]
    .map((group) => {
      const [{ reason = "", suggestion } = {}] = group;
      const about = groups.size === 1 ? "" : `${subjectOf(group)}: `;
      const hint = suggestion === undefined ? "" : `    ${harmless(suggestion)}\n`;
      return `  ${about}${paint.dim(harmless(reason))}\n${hint}`;
    })
    .join("");
}

function subjectOf(changes: readonly Change[]): string {
  const [first, ...others] = changes.map((change) => placeOf(change).key);
  return others.length === 0 ? `${first}` : `${first} and ${others.length} more`;
}

const LONGEST = 40;

/** A value as it would stand in the file, in short. */
function shown(value: unknown): string {
  if (value === undefined) return "-";
  if (Array.isArray(value)) return clipped(`[${value.map(shown).join(", ")}]`, LONGEST);
  if (typeof value !== "object" || value === null) return clipped(harmless(String(value)), LONGEST);
  const { seconds, Name, ...others } = value as Readonly<Record<string, unknown>>;
  if (typeof seconds === "number" && Object.keys(others).length === 0) return `${seconds}s`;
  if (typeof Name === "string") return clipped(harmless(Name), LONGEST);
  const pairs = Object.entries(value).map(([key, part]) => `${key}: ${shown(part)}`);
  return clipped(harmless(`{${pairs.join(", ")}}`), LONGEST);
}

function costText({ cost }: ChangePlan): string {
  const { before, after, unknownPrices } = cost;
  const rows = table(
    ["USD AN HOUR", "BEFORE", "AFTER"],
    [
      ["at least", usd(before.least), usd(after.least)],
      ["at most", usd(before.most), usd(after.most)],
    ],
  );
  if (unknownPrices.length === 0) return rows;
  return `${rows}without ${harmless(clipped(unknownPrices.join(", "), 2 * LONGEST))}, whose price is not known\n`;
}

function usd(amount: number): string {
  return String(Number(amount.toFixed(4)));
}

function nodesText({ addedNodes, removedNodes }: ChangePlan): string {
  const row = (word: string, names: readonly string[]) =>
    names.length === 0
      ? []
      : [[word, String(names.length), clipped(compressHostList(names), 2 * LONGEST)]];
  const rows = [...row("added", addedNodes), ...row("removed", removedNodes)];
  return table(["NODES", "COUNT", "NAMES"], rows);
}

function stepsText({ steps }: ChangePlan, paint: Paint): string {
  if (steps.length === 0) return "nothing would be done, because not all of it can be\n";
  const lines = steps.map((step, index) => `  ${index + 1}. ${harmless(step)}\n`);
  return `${paint.bold("steps")}\n${lines.join("")}`;
}
