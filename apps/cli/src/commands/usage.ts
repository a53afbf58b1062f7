import {
  accountingRoutes,
  type QueryOf,
  USE_GROUPS,
  type Use,
  type UseGroup,
  type UseMeasures,
} from "@sluice/api";
import type { DefineCommand } from "../command.ts";
import { harmless, table } from "../render/table.ts";
import { requireServer } from "../server-session.ts";
import { timeOption } from "../time-option.ts";
import { usage } from "../usage.ts";

interface Options {
  readonly by: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly cluster?: string[];
  readonly user?: string[];
  readonly account?: string[];
  readonly partition?: string[];
  readonly csv?: boolean;
}

export const usageCommand: DefineCommand = (program, cli) => {
  program
    .command("usage")
    .description("say what jobs used, by whom, where and when, as a server has added it up")
    .option("--by <groups...>", USE_GROUPS.join(", "), ["user"])
    .option("--from <time>", "the first day, of UTC: 2026-01-05, or 30d; 30 days without it")
    .option("--to <time>", "the last day; today without it")
    .option("--cluster <names...>", "only these clusters")
    .option("-u, --user <names...>", "only these users")
    .option("--account <names...>", "only these accounts")
    .option("-p, --partition <queues...>", "only these queues")
    .option("--csv", "as CSV")
    .action(
      cli.action<Options>(async (context, options) => {
        const { csv = false, cluster, user, account, partition } = options;
        const by = options.by.map(groupOf);
        const filters = Object.entries({ cluster, user, account, partition });
        const query: QueryOf<typeof accountingRoutes.getUse> = {
          by,
          ...dayOf("from", options.from, context.host.clock.now()),
          ...dayOf("to", options.to, context.host.clock.now()),
          ...Object.fromEntries(filters.filter(([, names]) => names !== undefined)),
        };
        const server = await requireServer(context);
        if (csv) {
          const answer = await server.stream(accountingRoutes.exportUse, { query });
          context.host.writeOut(await answer.text());
          return 0;
        }
        const use = await server.call(accountingRoutes.getUse, { query });
        await context.output.emit(use, (found) => textOf(found, by));
        return 0;
      }),
    );
};

function groupOf(word: string): UseGroup {
  const group = USE_GROUPS.find((name) => name === word);
  if (group !== undefined) return group;
  throw usage(`--by ${word} is nothing that use is told by`, `write ${USE_GROUPS.join(", ")}`);
}

function dayOf(
  option: "from" | "to",
  text: string | undefined,
  now: Date,
): Partial<Record<"from" | "to", string>> {
  if (text === undefined) return {};
  return { [option]: timeOption(`--${option}`, text, now).toISOString().slice(0, 10) };
}

function textOf({ rows, totals, clusters }: Use, by: readonly UseGroup[]): string {
  const names = by.map((group) => group.toUpperCase());
  const header = [...names, "CPU-HOURS", "GPU-HOURS", "JOBS", "NOT COMPLETED", "EFFICIENCY", "USD"];
  const lines = rows.map((row) => [
    ...by.map((group) => harmless(row[group] ?? "") || "-"),
    ...numbersOf(row),
  ]);
  const sum = ["in all", ...by.slice(1).map(() => ""), ...numbersOf(totals)];
  const late = clusters.flatMap(({ cluster, problem }) =>
    problem === undefined ? [] : [`${cluster}: ${harmless(problem)}\n`],
  );
  return `${table(header, [...lines, sum])}${late.join("")}`;
}

function numbersOf(use: UseMeasures): readonly string[] {
  const { cpuSeconds, gpuSeconds, jobs, ends, cpuEfficiency, cost } = use;
  return [
    (cpuSeconds / 3600).toFixed(2),
    (gpuSeconds / 3600).toFixed(2),
    `${jobs}`,
    `${jobs - ends.completed}`,
    cpuEfficiency === undefined ? "-" : `${Math.round(cpuEfficiency * 100)}%`,
    cost.toFixed(4),
  ];
}
