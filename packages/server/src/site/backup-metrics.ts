import type { BackupState } from "@sluice/lifecycle";
import { Gauge, type Registry } from "prom-client";

/** Milliseconds that somebody who scrapes waits for machines of the site at most. */
const PATIENCE_MS = 3000;

/**
 * How the backups are that the site makes of itself, for Prometheus; nothing where it makes none, or
 * nobody answers in time. An alarm is one on the age, and on that nothing is said.
 *
 * @param look undefined: the server is of no site, or the site's file wants none.
 */
export function siteBackupMetrics(
  metrics: Registry,
  look: () => Promise<BackupState | undefined>,
): void {
  const gauge = (name: string, help: string, value: (state: BackupState) => number | undefined) =>
    new Gauge({
      ...{ name, help, registers: [metrics] },
      async collect() {
        this.reset();
        this.remove();
        const state = await inTime(look());
        const now = state && value(state);
        if (now !== undefined) this.set(now);
      },
    });
  gauge(
    "sluice_site_backup_age_seconds",
    "age of the newest backup that the site made of itself",
    ({ ageSeconds }) => ageSeconds,
  );
  gauge(
    "sluice_site_backup_ok",
    "0 when the last attempt failed, or the newest is twice as old as it should be",
    ({ ok }) => Number(ok),
  );
}

async function inTime<T>(work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  });
  const done = work.catch(() => undefined);
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}
