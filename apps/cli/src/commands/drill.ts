import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import {
  createSite,
  DRILLS,
  type Drill,
  type DrillCloud,
  type DrillReport,
  type DrillResult,
  deleteSite,
  describeSite,
  REPORT_COLUMNS,
  reportMarkdown,
  reportRow,
  runDrill,
  SiteUnderDrill,
  seededRandom,
} from "@sluice/lifecycle";
import { parseStoredSiteFile, SluiceError } from "@sluice/model";
import { type DefineCommand, numberOption } from "../command.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { OWN_SITE, OWN_USERS, ownSite, PROBE_PARTITION } from "../drill/own-site.ts";
import { drillPortal, newPeople, siteFetch, standIn } from "../drill/portal.ts";
import { table } from "../render/table.ts";
import { usage } from "../usage.ts";

interface DrillCommandOptions {
  readonly site?: string;
  readonly list?: boolean;
  readonly only?: readonly string[];
  readonly jobs: string;
  readonly seed?: string;
  readonly report?: string;
  readonly yes?: boolean;
}

export const drillCommand: DefineCommand = (program, cli) => {
  program
    .command("drill")
    .description("have accidents happen to a site under load, and measure what comes of them")
    .option("--list", "only say which accidents there are")
    .option("--only <names...>", "do these alone")
    .option("--site <name>", "a site that exists; without it one is made, and deleted then")
    .option("--jobs <n>", "jobs for each accident", "200")
    .option("--seed <n>", "of the load, as a report names it")
    .option("--report <file>", "write the report there: .md, or .json")
    .option("-y, --yes", "don't ask")
    .action(
      cli.action<DrillCommandOptions>(async (context, options) => {
        const drills = chosen(options.only);
        if (options.list === true) {
          const view = drills.map(({ name, what, target }) => ({ name, what, target }));
          await context.output.emit({ drills: view }, () => listed(drills));
          return 0;
        }
        checkReport(options.report);
        const report = await drilled(context, drills, options);
        if (options.report !== undefined) await writeFile(options.report, written(options, report));
        await context.output.emit(report, (_, paint) =>
          table(
            REPORT_COLUMNS,
            report.drills.map((result) => {
              const row = reportRow(result);
              const word = row.at(-1) ?? "";
              return [...row.slice(0, -1), result.problems.length > 0 ? paint.bad(word) : word];
            }),
          ).concat(problems(report.drills)),
        );
        return report.isWell ? 0 : 1;
      }),
    );
};

function chosen(only: readonly string[] | undefined): readonly Drill[] {
  if (only === undefined) return DRILLS;
  return only.map((name) => {
    const drill = DRILLS.find((one) => one.name === name);
    if (drill !== undefined) return drill;
    throw usage(`there is no drill ${name}`, "see which there are: sluice drill --list");
  });
}

function listed(drills: readonly Drill[]): string {
  return table(
    ["DRILL", "WHAT HAPPENS", "SCHEDULING", "PORTAL", "FULL"],
    drills.map(({ name, what, target: { scheduling, portal, full } }) => [
      ...[name, what],
      ...[scheduling, portal, full].map((seconds) => `${seconds} s`),
    ]),
  );
}

function checkReport(path: string | undefined): void {
  if (path === undefined || /\.(md|json)$/.test(path)) return;
  throw usage(`--report ${path} is no kind of report`, "give a name that ends in .md or .json");
}

function written({ report: path = "" }: DrillCommandOptions, report: DrillReport): string {
  return path.endsWith(".json") ? `${JSON.stringify(report, null, 2)}\n` : reportMarkdown(report);
}

function problems(results: readonly DrillResult[]): string {
  return results
    .flatMap(({ name, problems: all }) => all.map((problem) => `${name}: ${problem}\n`))
    .join("");
}

async function drilled(
  context: Context,
  drills: readonly Drill[],
  options: DrillCommandOptions,
): Promise<DrillReport> {
  const jobs = numberOption("--jobs", options.jobs);
  const seed =
    options.seed === undefined
      ? context.host.clock.now().getTime() % 1_000_000
      : numberOption("--seed", options.seed);
  const { createLocalCloud } = await import("@sluice/local");
  await using cloud = await createLocalCloud();
  const [load = 0] = loadavg();
  if (options.site !== undefined && options.yes !== true) {
    await confirm(context, {
      question: `have ${drills.length} accidents happen to site ${options.site}`,
      doing: `breaking site ${options.site}`,
      undone: `nothing happened to site ${options.site}`,
    });
  }
  const { onProgress } = context.showProgress("interrupted: mending and taking down what is left");
  const { signal } = context;
  const { clock } = context.host;
  const name = options.site ?? OWN_SITE;
  if (options.site === undefined) {
    await createSite({ cloud, name, clock, ...ownSite(), onProgress, signal });
  }
  const say = (message: string): void =>
    onProgress({ time: clock.now(), resource: "drill", status: "info", message });
  try {
    const ground = await groundOf(context, cloud, options.site);
    const random = seededRandom(seed);
    const results: DrillResult[] = [];
    for (const drill of drills) {
      signal.throwIfAborted();
      results.push(await runDrill(drill, { ...ground, jobs, random, signal, say }));
    }
    const isWell = results.every((result) => result.problems.length === 0);
    return { siteName: name, seed, jobs, loadAverage: load, drills: results, isWell };
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new SluiceError("INTERRUPTED", "user", "the drills were interrupted", {
      hint: options.site === undefined ? "its site was deleted" : `look at site ${name}`,
      cause: error,
    });
  } finally {
    if (options.site === undefined) await takeDown(cloud, name, context);
  }
}

/** What the accidents happen to, and who uses it meanwhile. */
async function groundOf(context: Context, cloud: DrillCloud, existing: string | undefined) {
  const name = existing ?? OWN_SITE;
  const { clock } = context.host;
  const { clusters, zones } = await describeSite(cloud, name);
  const record = await cloud.sites.describe(name);
  const url = record?.url;
  if (record === undefined || url === undefined) {
    throw usage(`site ${name} has no address`, `see: sluice describe-site -n ${name}`);
  }
  const ask = await siteFetch(record);
  const link = (await cloud.sites.firstLink(name))?.url;
  const own = { users: OWN_USERS, folder: "/data/drill", probePartition: PROBE_PARTITION };
  const place = existing === undefined ? own : placeOf(record.text, name);
  const people =
    link === undefined
      ? standIn(url, context.host.env.SLUICE_TOKEN, ask)
      : await newPeople({ url, link, ask }, place.users);
  const site = new SiteUnderDrill({
    ...{ cloud, name, clusters, clock },
    zones: zones.map((zone) => zone.name),
  });
  return { site, portal: drillPortal(people), ...place };
}

/** Users of a site that exists, and a folder that all its machines share. */
function placeOf(text: string, name: string) {
  const parsed = parseStoredSiteFile(text, `the file of site ${name}`);
  const users = parsed.ok ? (parsed.config.Users ?? []).map(({ Name }) => Name) : [];
  const [shared] = parsed.ok ? (parsed.config.SharedStorage ?? []) : [];
  if (shared !== undefined && users.length > 0) {
    return { users, folder: `${shared.MountDir}/drill` };
  }
  throw usage(
    `site ${name} has no ${shared === undefined ? "SharedStorage" : "Users"}`,
    "drills need both: users who submit jobs, and a folder of all clusters that those write to",
  );
}

async function takeDown(cloud: DrillCloud, name: string, context: Context): Promise<void> {
  const { clock } = context.host;
  const { zones } = await describeSite(cloud, name);
  for (const zone of zones) await cloud.zones.heal(`site:${name}`, zone.name);
  await deleteSite({ cloud, name, clock, retainStorage: false });
}
