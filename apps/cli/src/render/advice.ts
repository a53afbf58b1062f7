import { type Advice, type AppliedAdvice, PITFALLS, type TextChange } from "@sluice/model";
import type { Paint } from "./paint.ts";
import { harmless } from "./table.ts";

export interface AdviceView {
  readonly clusterConfiguration: string;
  /** What is to be said; after `--fix`, of the file as it is then. */
  readonly advice: readonly Advice[];
  /** By all of it, at most. */
  readonly savableUsdPerMonth: number;
  /** With `--fix` only. */
  readonly applied?: readonly AppliedAdvice[];
}

/** Of one kind of advice; a generated file can have one for each of its queues. */
const MAX_ALIKE = 4;
const MAX_PLACES = 4;

export function adviceText(view: AdviceView, paint: Paint, columns: number): string {
  const { advice, applied } = view;
  const layout = {
    paint,
    columns: Math.max(50, Math.min(columns, 110)),
    file: view.clusterConfiguration,
  };
  const pitfalls = Map.groupBy(advice, ({ pitfall }) => pitfall);
  const lines = [
    ...(applied === undefined ? [] : appliedLines(applied, layout)),
    ...[...pitfalls].flatMap(([pitfall, own]) => [
      paint.bold(`${pitfall} ${PITFALLS[pitfall]}`),
      "",
      ...pitfallLines(own, layout),
    ]),
    ...summary(view, paint),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

interface Layout {
  readonly paint: Paint;
  readonly columns: number;
  readonly file: string;
}

function appliedLines(applied: readonly AppliedAdvice[], { paint, file }: Layout): string[] {
  if (applied.length === 0) return [`nothing was changed in ${file}`, ""];
  return [
    paint.bold(`changed in ${file}`),
    "",
    ...applied.flatMap(({ id, title, subject, changes }) => [
      `  ${harmless(title)}: ${harmless(subject)}  ${paint.dim(id)}`,
      ...changes.map((change) => `    ${changeLine(change, file, paint)}`),
    ]),
    "",
  ];
}

function changeLine({ path, line, from, to }: TextChange, file: string, paint: Paint): string {
  const place = harmless(`${file}:${line} ${path}`);
  if (to === "") return paint.bad(`- ${place}: ${harmless(from)}`);
  return paint.good(
    from === "" ? `+ ${place}: ${harmless(to)}` : `~ ${place}: ${harmless(from)} → ${harmless(to)}`,
  );
}

function pitfallLines(advice: readonly Advice[], layout: Layout): string[] {
  return [...Map.groupBy(advice, ({ id }) => id).values()].flatMap((alike) => {
    const rest = alike.slice(MAX_ALIKE).map(({ subject }) => subject);
    return [
      ...alike.slice(0, MAX_ALIKE).flatMap((one) => adviceLines(one, layout)),
      ...(rest.length === 0
        ? []
        : [`  and the same for ${rest.length} more, which the JSON has: ${rest[0]}, …`, ""]),
    ];
  });
}

function adviceLines(advice: Advice, layout: Layout): string[] {
  const { id, title, level, subject, evidence, why, inferred, cost, alternatives } = advice;
  const { paint, file } = layout;
  const shown = level === "high" ? paint.bad(level) : level;
  const places = evidence
    .slice(0, MAX_PLACES)
    .map(({ path, line, column, value }) =>
      paint.dim(
        harmless(
          `    ${file}:${line}:${column}  ${path}${value === "" ? " is missing" : `: ${value}`}`,
        ),
      ),
    );
  const more = evidence.length - places.length;
  const guess =
    inferred === undefined
      ? []
      : [["", `(${inferred}; if that is wrong: --suppress ${id})`] as const];
  const headline = harmless(`${title}: ${subject}`);
  const isShort = `  ${level}  ${headline}  ${id}`.length <= layout.columns;
  return [
    `  ${shown}  ${paint.bold(headline)}${isShort ? `  ${paint.dim(id)}` : ""}`,
    ...(isShort ? [] : [paint.dim(`    ${id}`)]),
    ...places,
    ...(more > 0 ? [paint.dim(`    and ${more} more places`)] : []),
    ...[
      ["why", why] as const,
      ...guess,
      ["cost", cost.basis] as const,
      ...fixRows(advice),
      ...alternatives.map((text, index) => [index === 0 ? "or" : "", text] as const),
    ].flatMap(([word, text]) => labelled(word, harmless(text), layout)),
    "",
  ];
}

function fixRows({ fix, id }: Advice): (readonly [string, string])[] {
  if (fix === undefined) return [];
  const how = fix.safe ? "--fix" : `--fix --accept ${id}`;
  const limit = fix.takesNewCluster ? "; takes a new cluster" : "";
  return [["do", `${fix.does} (${how}${limit})`]];
}

const LABEL = 4;

/** `    why   a text that goes on below where it begins`. */
function labelled(word: string, text: string, { columns, paint }: Layout): string[] {
  const indent = " ".repeat(LABEL + 6);
  const lines = wrapped(text, columns - indent.length);
  return lines.map((line, index) =>
    index === 0 ? `${" ".repeat(LABEL)}${paint.dim(word.padEnd(6))}${line}` : `${indent}${line}`,
  );
}

/** Broken between words; a word that is too long stands on a line of its own. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function summary(view: AdviceView, paint: Paint): string[] {
  const { advice, applied, clusterConfiguration: file, savableUsdPerMonth: savable } = view;
  if (advice.length === 0) {
    return [`${paint.good("nothing")} ${applied === undefined ? "" : "more "}to say about ${file}`];
  }
  const counts = (["high", "medium", "low"] as const)
    .map((level) => [level, advice.filter((one) => one.level === level).length] as const)
    .filter(([, count]) => count > 0)
    .map(([level, count]) => `${count} ${level}`);
  const safe = advice.filter(({ fix }) => fix?.safe === true).length;
  return [
    `${counts.join(", ")}${applied === undefined ? "" : ", left for a person"}`,
    ...(savable === 0
      ? []
      : [
          `up to ${Math.round(savable).toLocaleString("en")} USD a month could be saved at most, on demand, by list prices`,
        ]),
    ...(safe === 0 || applied !== undefined
      ? []
      : [`${safe} can be mended safely: sluice advise -c ${file} --fix`]),
  ];
}
