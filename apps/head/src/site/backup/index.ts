import { join } from "node:path";
import { SITE_LAYOUT } from "@sluice/boot";
import {
  type Cloud,
  isInService,
  type Registers,
  type SiteMachineBackups,
  type SiteRecord,
} from "@sluice/cloud";
import {
  type BackupStore,
  backupState,
  folderStore,
  siteBackupsIn,
} from "@sluice/lifecycle/backup";
import { parseStoredSiteFile, type SiteConfig, SluiceError } from "@sluice/model";
import { documentOf } from "../../backup/index.ts";
import { call } from "../../ctl.ts";
import { systemClock } from "../../system-clock.ts";
import { openSiteCloud, readSiteIdentity } from "../identity.ts";
import { keyFile } from "./cluster-keys.ts";
import { makeSiteBackup } from "./make.ts";
import { backUpSiteRegularly, type SiteBackupState } from "./schedule.ts";

/** Of the site's cloud, which remembers what no machine of it does. */
const REGISTER = "backup";

/**
 * `sluice-head site-backup [--watch | --list]`: makes a backup of the site where its file wants them,
 * makes them for ever on the machine that has the primary, or says how they are. Results are JSON.
 * Returns the exit code.
 */
export async function siteBackup(argv: readonly string[]): Promise<number> {
  try {
    const identity = readSiteIdentity();
    await using machine = await openSiteCloud(identity);
    const { backups } = machine;
    if (backups === undefined) throw noBackups(identity.provider);
    await using cloud = await backups.openCloud();
    const one = { cloud, backups, site: identity.site };
    if (argv.includes("--watch")) return await watch(one);
    const result = argv.includes("--list") ? await list(one) : await make(one);
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${JSON.stringify({ error: documentOf(error) })}\n`);
    return 1;
  }
}

interface One {
  readonly cloud: Cloud;
  readonly backups: SiteMachineBackups;
  readonly site: string;
}

async function watch(one: One): Promise<number> {
  const over = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => over.abort());
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const { backups } = one;
  await backUpSiteRegularly(
    {
      clock: systemClock,
      isOurs: isPrimary,
      every: () => everySeconds(one),
      newest: async () => {
        const { store } = await look(one);
        return (await siteBackupsIn(store, one.site)).at(-1)?.createdAt;
      },
      make: async (signal) => {
        const { backup } = await make(one, signal);
        say(`made ${backup.file}`);
        await backups.tell("info", `${backup.file} made`);
      },
      onFailed: async (why) => {
        say(`no backup could be made: ${why}`);
        await remember(backups.registers, { failedAt: new Date().toISOString(), why });
        await backups.tell("failed", `no backup could be made: ${why}`);
      },
      onProblem: say,
    },
    over.signal,
  );
  return 0;
}

/** Milliseconds that a new site has for making its clusters, until one that is not there is a failure. */
const SETTLES_FOR = 3_600_000;

async function everySeconds(one: One): Promise<number | undefined> {
  const { record, config, store } = await look(one);
  if (config.Backup === undefined) return undefined;
  const isYoung = Date.now() - record.createdAt.getTime() < SETTLES_FOR;
  if (isYoung && (await siteBackupsIn(store, one.site)).length === 0) {
    for (const { Name } of config.Clusters) {
      const cluster = await one.cloud.infrastructure.describe(Name);
      if (cluster === undefined || !isInService(cluster.status)) return undefined;
    }
  }
  return config.Backup.Every.seconds;
}

async function make(one: One, signal?: AbortSignal) {
  const { cloud, backups, site } = one;
  const { record, config, store } = await look(one);
  const backup = await makeSiteBackup({
    ...{ cloud, backups, record, store },
    clusters: config.Clusters.map(({ Name }) => Name),
    keep: config.Backup?.Keep ?? KEEP,
    keys: keyFile(join(SITE_LAYOUT.volume, "cluster-backup-keys.json")),
    now: () => new Date(),
    ...(signal === undefined ? {} : { signal }),
  });
  await remember(backups.registers, {});
  return { folder: store.name, site, backup };
}

/** Where the site file says nothing of backups, and one is asked for. */
const KEEP = 10;

async function list(one: One) {
  const { config, store } = await look(one);
  const found = await one.backups.registers.read(REGISTER);
  const state = found === undefined ? {} : (JSON.parse(found.text) as SiteBackupState);
  const backups = await siteBackupsIn(store, one.site);
  const every = config.Backup?.Every.seconds;
  const facts = {
    ...{ folder: store.name, createdAt: backups.at(-1)?.createdAt, every, now: new Date() },
    failedAt: state.failedAt === undefined ? undefined : new Date(state.failedAt),
    why: state.why,
  };
  return {
    folder: store.name,
    backups,
    isScheduled: every !== undefined,
    state: backupState(facts),
  };
}

/** The file in force now, which may be another one than a minute ago. */
async function look({ cloud, site }: One): Promise<{
  readonly record: SiteRecord;
  readonly config: SiteConfig;
  readonly store: BackupStore;
}> {
  const record = await cloud.sites?.describe(site);
  if (record === undefined) {
    throw new SluiceError("SITE_NOT_FOUND", "system", `the cloud does not know site ${site}`);
  }
  const parsed = parseStoredSiteFile(record.text, `the file of site ${site}`);
  if (!parsed.ok) throw new Error(`the file of site ${site} can't be read`);
  const { config } = parsed;
  // Beside those that clusters make for themselves, which go by numbers of their own.
  const folder = config.Backup?.To === undefined ? SITE_LAYOUT.backups : `${config.Backup.To}/site`;
  return { record, config, store: folderStore(folder) };
}

/** The database's keeper knows: it holds the lease. */
async function isPrimary(): Promise<boolean> {
  const { ok, text } = await call("GET", "/status", { socketPath: SITE_LAYOUT.databaseSocket });
  return ok && (JSON.parse(text) as { readonly role?: string }).role === "primary";
}

async function remember(registers: Registers, state: SiteBackupState): Promise<void> {
  // Who writes at the same moment says the same, or something newer.
  const former = await registers.read(REGISTER);
  await registers.write(REGISTER, JSON.stringify(state), former?.tag);
}

function noBackups(provider: string): SluiceError {
  return new SluiceError(
    "UNSUPPORTED_BY_PROVIDER",
    "user",
    `machines of sites on ${provider} make no backups by themselves`,
    { hint: "have cron call: sluice backup --site-name NAME --to PLACE" },
  );
}
