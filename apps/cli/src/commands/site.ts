import type { Cloud } from "@sluice/cloud";
import {
  createSite,
  deleteSite,
  describeSite,
  failOverCluster,
  failOverSite,
  listSites,
  planSite,
  planSiteUpdate,
  type SiteDescription,
  updateSite,
} from "@sluice/lifecycle";
import { describeSiteStep } from "@sluice/model";
import { Option } from "commander";
import {
  clusterName,
  type DefineCommand,
  RequiredOption,
  type Switch,
  switchOption,
} from "../command.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { placeOf } from "../place.ts";
import { backupFields } from "../render/backup.ts";
import type { Paint } from "../render/paint.ts";
import { fields, table } from "../render/table.ts";
import { loadSiteFile } from "../site-file.ts";
import { usage } from "../usage.ts";

interface SiteOption {
  readonly siteName: string;
}

interface FileOptions extends SiteOption {
  readonly siteConfiguration: string;
  readonly dryrun?: Switch;
}

const siteName = (): Option => new RequiredOption("-n, --site-name <name>", "name of the site");
const siteFile = (): Option =>
  new RequiredOption("-c, --site-configuration <file>", "the site file");

/** The cloud that makes sites here: the one that is named, else the local one. */
function siteCloud(context: Context): Promise<Cloud> {
  return context.openCloud(context.provider ?? "local");
}

export const createSiteCommand: DefineCommand = (program, cli) => {
  program
    .command("create-site")
    .description("create a site: its network, database, servers and all its clusters")
    .addOption(siteName())
    .addOption(siteFile())
    .option("--dryrun [true|false]", "only say what would be made")
    .action(
      cli.action<FileOptions>(async (context, { siteName: name, siteConfiguration, dryrun }) => {
        const { warnings, ...files } = await loadSiteFile(context, siteConfiguration);
        const { provider, place } = placeOf(context, files.site);
        const cloud = await context.openCloud(provider, place);
        const { clock } = context.host;
        if (switchOption("--dryrun", dryrun)) {
          const plan = await planSite({ cloud, name, clock, ...files });
          await context.output.emit({ plan, validationMessages: warnings }, () =>
            [`${name} would be created in these steps:`, ...plan.steps].join("\n  ").concat("\n"),
          );
          return 0;
        }
        const { onProgress } = context.showProgress(
          "interrupted: taking down what was made; press Ctrl-C again to leave it as it is",
        );
        const { signal } = context;
        const site = await createSite({ cloud, name, clock, ...files, onProgress, signal });
        const link = await cloud.sites?.firstLink(name);
        await context.output.emit(
          { site, firstLink: link?.url ?? null, validationMessages: warnings },
          (_, paint) =>
            [
              `${name} is ${paint.state(site.siteStatus)}`,
              `  portal and API:             ${site.url ?? "none"}`,
              ...(link === undefined ? [] : [`  make the first administrator: ${link.url}`]),
              `  see how it is:              sluice describe-site -n ${name}`,
              "",
            ].join("\n"),
        );
        return 0;
      }),
    );
};

export const updateSiteCommand: DefineCommand = (program, cli) => {
  program
    .command("update-site")
    .description("give a site another site file, and its clusters theirs")
    .addOption(siteName())
    .addOption(siteFile())
    .option("--dryrun [true|false]", "only say what would be done")
    .action(
      cli.action<FileOptions>(async (context, { siteName: name, siteConfiguration, dryrun }) => {
        const { warnings, ...files } = await loadSiteFile(context, siteConfiguration);
        const { provider, place } = placeOf(context, files.site);
        const cloud = await context.openCloud(provider, place);
        const request = { cloud, name, clock: context.host.clock, ...files };
        if (switchOption("--dryrun", dryrun)) {
          const plan = await planSiteUpdate(request);
          await context.output.emit({ plan, validationMessages: warnings }, () =>
            plan.steps.length === 0
              ? `nothing would change\n`
              : `${plan.steps.map((step) => describeSiteStep(step)).join("\n")}\n`,
          );
          return 0;
        }
        const { onProgress } = context.showProgress();
        const updated = await updateSite({ ...request, onProgress, signal: context.signal });
        await context.output.emit({ ...updated, validationMessages: warnings }, (_, paint) =>
          [`${name} is ${paint.state(updated.site.siteStatus)}`, ...updated.steps, ""].join("\n  "),
        );
        return 0;
      }),
    );
};

export const describeSiteCommand: DefineCommand = (program, cli) => {
  program
    .command("describe-site")
    .description("show a site: its zones, machines, database and clusters")
    .addOption(siteName())
    .action(
      cli.action<SiteOption>(async (context, { siteName: name }) => {
        const site = await describeSite(await siteCloud(context), name);
        await context.output.emit(site, describedText);
        return 0;
      }),
    );
};

export const listSitesCommand: DefineCommand = (program, cli) => {
  program
    .command("list-sites")
    .description("list the sites there are")
    .action(
      cli.action(async (context) => {
        const sites = await listSites(await siteCloud(context));
        await context.output.emit({ sites }, (_, paint) =>
          sites.length === 0
            ? "there are no sites\n"
            : table(
                ["NAME", "STATUS", "CLUSTERS", "PORTAL"],
                sites.map(({ siteName: name, siteStatus, clusters, url }) => [
                  name,
                  paint.state(siteStatus),
                  clusters.join(", "),
                  url ?? "",
                ]),
              ),
        );
        return 0;
      }),
    );
};

export const deleteSiteCommand: DefineCommand = (program, cli) => {
  program
    .command("delete-site")
    .description("delete a site with all its clusters and everything in it")
    .addOption(siteName())
    .option("--retain-storage", "keep homes and shared folders")
    .option("-y, --yes", "don't ask")
    .action(
      cli.action<SiteOption & { readonly retainStorage?: boolean; readonly yes?: boolean }>(
        async (context, { siteName: name, retainStorage = false, yes }) => {
          const cloud = await siteCloud(context);
          const { clusters } = await describeSite(cloud, name);
          if (yes !== true) {
            const what = retainStorage ? "; homes and shared folders stay" : " and all their files";
            await confirm(context, {
              question: `delete site ${name} with the clusters ${clusters.join(", ")}${what}`,
              doing: `deleting site ${name}`,
              undone: `site ${name} was not deleted`,
            });
          }
          const { onProgress } = context.showProgress(
            "interrupted: what is not deleted yet stays; press Ctrl-C again to end at once",
          );
          const { host, signal } = context;
          const { clock } = host;
          const deleted = await deleteSite({
            cloud,
            name,
            retainStorage,
            clock,
            onProgress,
            signal,
          });
          await context.output.emit(deleted, () =>
            [`${name} is deleted`, ...deleted.kept.map((what) => `  kept: ${what}`), ""].join("\n"),
          );
          return 0;
        },
      ),
    );
};

interface FailOverOptions {
  readonly clusterName?: string;
  readonly siteName?: string;
  readonly outOf?: string;
}

export const failoverCommand: DefineCommand = (program, cli) => {
  const { flags, description } = clusterName();
  program
    .command("failover")
    .description("let the head that stands by take over, or move a site out of a zone")
    .addOption(new Option(flags, description))
    .option("--site-name <name>", "a site, instead of a cluster")
    .option("--out-of <zone>", "with --site-name: the zone that is left")
    .action(
      cli.action<FailOverOptions>(async (context, options) => {
        const { clusterName: cluster, siteName: site, outOf } = options;
        const { moved } = await (async () => {
          if (cluster !== undefined && site === undefined && outOf === undefined) {
            const cloud = await context.cloudOf(cluster);
            return failOverCluster({ cloud, name: cluster, signal: context.endOnInterrupt() });
          }
          if (site !== undefined && outOf !== undefined && cluster === undefined) {
            const cloud = await siteCloud(context);
            return failOverSite({ cloud, name: site, outOf, clock: context.host.clock });
          }
          throw usage(
            "failover needs --cluster-name <name>, or --site-name <name> and --out-of <zone>",
            "see: sluice failover --help",
          );
        })();
        await context.output.emit({ moved }, () =>
          moved.length === 0 ? "nothing was there to move\n" : `${moved.join("\n")}\n`,
        );
        return 0;
      }),
    );
};

/** Which copies of a database of the cloud's own are in step, only the cloud knows. */
function databaseText(database: NonNullable<SiteDescription["database"]>): string {
  const { primary, answers, inStep, isManaged } = database;
  if (isManaged === true) return `${primary ?? "none"}, which the cloud keeps`;
  const where = answers ? primary : `away${primary == null ? "" : `, last at ${primary}`}`;
  return `${where}, in step: ${inStep.join(", ") || "nobody"}`;
}

function describedText(site: SiteDescription, paint: Paint): string {
  const { database } = site;
  const about = fields([
    ["site", paint.bold(site.siteName)],
    ["status", paint.state(site.siteStatus)],
    ...(site.statusReason === undefined ? [] : ([["reason", site.statusReason]] as const)),
    ["provider", site.provider],
    ["created", site.createdAt],
    ["portal and API", site.url ?? "none"],
    ["zones", site.zones.map(({ name, state }) => `${name} ${paint.state(state)}`).join(", ")],
    ["database", database === undefined ? paint.bad("does not answer") : databaseText(database)],
    ...(database?.trouble === undefined ? [] : ([["", paint.bad(database.trouble)]] as const)),
    ...backupFields(site.backup, paint),
  ]);
  const machines = table(
    ["MACHINE", "ZONE", "STATE", "READY", "ADDRESS"],
    site.machines.map(({ name, zone, state, isReady, address }) => [
      name,
      zone,
      paint.state(state),
      isReady ? "yes" : "no",
      address ?? "",
    ]),
  );
  const members = table(
    ["CLUSTER", "STATUS", "LEADS", "STANDS BY", "ANSWERS"],
    site.members.map(({ name, status, leader, standingBy, answers }) => [
      name,
      paint.state(status),
      leader === undefined
        ? ""
        : `${leader.machine}${leader.zone === "" ? "" : ` in ${leader.zone}`}`,
      standingBy.join(", "),
      answers ? "yes" : paint.bad("no"),
    ]),
  );
  return [about, machines, members].filter((part) => part !== "").join("\n");
}
