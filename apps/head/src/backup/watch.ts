import type { Log } from "@sluice/capacity";
import type { HeadCloud } from "@sluice/cloud";
import {
  type BackupRecord,
  type BackupState,
  type BackupStore,
  backupState,
  backupsIn,
} from "@sluice/lifecycle/backup";
import { type Clock, type ClusterConfig, type FleetEvent, messageOf } from "@sluice/model";
import { BACKUP_FOLDER, backupStoreOf } from "./places.ts";
import { backUpRegularly, makeBackupApart } from "./schedule.ts";

export interface BackupWatchOptions {
  readonly clusterName: string;
  readonly config: Pick<ClusterConfig, "Backup">;
  readonly cloud: Pick<HeadCloud, "objects">;
  readonly clock: Clock;
  readonly log: Log;
  /** What `sluice events` shows. */
  readonly tell: (event: Pick<FleetEvent, "kind" | "message">) => void;
  /** How one is made, where not by this head's own program. */
  readonly make?: (signal: AbortSignal) => Promise<void>;
}

/** The node manager's part in backups: it has them made as the cluster file says, and counts. */
export class BackupWatch {
  readonly #options: BackupWatchOptions;
  readonly #since: Date;
  #last: BackupRecord | undefined;
  #failures = 0;
  #failed: { readonly at: Date; readonly why: string } | undefined;

  constructor(options: BackupWatchOptions) {
    this.#options = options;
    this.#since = options.clock.now();
  }

  /** Until `signal` fires; at once where the cluster file wants none. */
  async run(signal: AbortSignal): Promise<void> {
    const { config, clusterName, clock, make = makeBackupApart } = this.#options;
    if (config.Backup === undefined) return;
    let store: BackupStore | undefined;
    const list = () => {
      store ??= backupStoreOf(this.#options);
      return backupsIn(store, clusterName);
    };
    await backUpRegularly(
      {
        ...{ clock, make, list },
        every: config.Backup.Every.seconds,
        onBackup: (backup) => this.#backedUp(backup),
        onFailed: (why) => this.#failedOnce(why),
      },
      signal,
    );
  }

  /** How they are; undefined where the cluster file wants none. */
  state(): BackupState | undefined {
    const { config, clock, cloud } = this.#options;
    if (config.Backup === undefined) return undefined;
    return backupState({
      folder: config.Backup.To ?? cloud.objects?.backups ?? BACKUP_FOLDER,
      createdAt: this.#last?.createdAt,
      ...{ failedAt: this.#failed?.at, why: this.#failed?.why },
      ...{ every: config.Backup.Every.seconds, now: clock.now() },
    });
  }

  /** Prometheus's text; empty where the cluster file wants no backups. */
  text(): string {
    if (this.#options.config.Backup === undefined) return "";
    const since = this.#last?.createdAt ?? this.#since;
    const age = (this.#options.clock.now().getTime() - since.getTime()) / 1000;
    const families = [
      [
        ...["sluice_backup_age_seconds", "gauge", Math.max(0, age)],
        "Age of the newest backup; while there is none, how long it has been waited for.",
      ],
      [
        ...["sluice_backup_last_bytes", "gauge", this.#last?.bytes ?? 0],
        "Size of the newest backup; 0 while there is none.",
      ],
      [
        ...["sluice_backups_failed_total", "counter", this.#failures],
        "Backups that could not be made.",
      ],
    ] as const;
    return families
      .map(([name, type, value, help]) =>
        [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${value}`, ""].join("\n"),
      )
      .join("");
  }

  #backedUp(backup: BackupRecord): void {
    const isNew = backup.createdAt >= this.#since;
    this.#last = backup;
    if (!isNew) return;
    this.#options.log.info({ file: backup.file, bytes: backup.bytes }, "backup made");
    this.#tell({ kind: "backup", message: `${backup.file} made` });
  }

  #failedOnce(why: string): void {
    this.#failures += 1;
    this.#failed = { at: this.#options.clock.now(), why };
    this.#options.log.error({ error: why }, "backup failed");
    this.#tell({ kind: "backup-failed", message: `no backup could be made: ${why}` });
  }

  /** That it can't be told of is no reason to make none. */
  #tell(event: Pick<FleetEvent, "kind" | "message">): void {
    try {
      this.#options.tell(event);
    } catch (error) {
      this.#options.log.warn({ error: messageOf(error) }, "an event was not kept");
    }
  }
}
