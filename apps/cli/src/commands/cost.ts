import { type ClusterCost, clusterCost } from "@sluice/lifecycle";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import type { Paint } from "../render/paint.ts";
import { harmless, table } from "../render/table.ts";

const HOURS_PER_MONTH = 730;

export const costCommand: DefineCommand = (program, cli) => {
  program
    .command("cost")
    .description("say what a cluster costs while it is as it is, by the price list")
    .addOption(clusterName())
    .action(
      cli.action<ClusterOption>(async (context, { clusterName: name }) => {
        const cloud = await context.cloudOf(name);
        const { signal } = context;
        await context.output.emit(await clusterCost({ cloud, name, signal }), textOf);
        return 0;
      }),
    );
};

function textOf({ clusterName: name, items, usdPerHour, unpriced }: ClusterCost, paint: Paint) {
  if (items.length === 0) return `${name} costs nothing\n`;
  const rows = items.map(({ what, usdPerHour: usd }) => [
    harmless(what),
    usd === undefined ? "not known" : usd.toFixed(4),
  ]);
  const month = (usdPerHour * HOURS_PER_MONTH).toFixed(2);
  const unknown = unpriced === 0 ? "" : `, and ${unpriced} without a known price`;
  const sum = `${usdPerHour.toFixed(4)} USD an hour, ${month} a month if it stays so${unknown}`;
  return `${table(["WHAT", "USD AN HOUR"], rows)}\n${paint.bold(sum)}\n`;
}
