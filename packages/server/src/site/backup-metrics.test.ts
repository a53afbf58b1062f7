import type { BackupState } from "@sluice/lifecycle";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { siteBackupMetrics } from "./backup-metrics.ts";

const values = async (look: () => Promise<BackupState | undefined>) => {
  const metrics = new Registry();
  siteBackupMetrics(metrics, look);
  const lines = (await metrics.metrics()).split("\n");
  return lines.filter((line) => /^sluice_site/.test(line));
};

test("the age of a site's backups is there while somebody knows it", async () => {
  const state = { folder: "/b", ok: false, ageSeconds: 90_000 };
  expect(await values(async () => state)).toEqual([
    "sluice_site_backup_age_seconds 90000",
    "sluice_site_backup_ok 0",
  ]);
  expect(await values(async () => ({ folder: "/b", ok: true }))).toEqual([
    "sluice_site_backup_ok 1",
  ]);
  expect(await values(async () => undefined)).toEqual([]);
  const away = async () => {
    throw new Error("no machine answers");
  };
  expect(await values(away)).toEqual([]);
});
