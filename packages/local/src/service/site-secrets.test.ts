import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MACHINE_SECRETS, SITE_SECRETS } from "@sluice/boot";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "../host/run.ts";
import {
  ensureMachineSecrets,
  ensurePortalCertificate,
  ensureSiteSecrets,
  keepSecret,
  readSecrets,
  writeSecrets,
} from "./site-secrets.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-secrets-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("what the site made once stays, and is root's alone", async () => {
  await ensureSiteSecrets(folder, "campus");
  const before = await readFile(join(folder, SITE_SECRETS.munge));
  await ensureSiteSecrets(folder, "campus");
  expect(await readFile(join(folder, SITE_SECRETS.munge))).toEqual(before);
  for (const name of await readdir(folder)) {
    const { mode } = await stat(join(folder, name));
    if (name !== SITE_SECRETS.authority) expect([name, mode & 0o077]).toEqual([name, 0]);
  }
});

test("a machine has what the site has in common, a certificate of its own, and not the authority's key", async () => {
  await ensureSiteSecrets(folder, "campus");
  const own = join(folder, "site-a");
  const addresses = ["10.1.0.3", "10.1.0.2"];
  await ensureMachineSecrets(folder, { folder: own, name: "site-a", addresses });
  expect((await readdir(own)).toSorted()).toEqual(
    [...Object.values(SITE_SECRETS), ...Object.values(MACHINE_SECRETS)].toSorted(),
  );
  const verify = (host: string[], file: string) =>
    run(["openssl", "verify", "-CAfile", join(own, SITE_SECRETS.authority), ...host, file]);
  for (const address of addresses) {
    await verify(["-verify_ip", address], join(own, MACHINE_SECRETS.certificate));
  }
  const portal = await ensurePortalCertificate(folder, "127.0.0.1");
  await verify(["-verify_ip", "127.0.0.1"], portal);
  await expect(verify(["-verify_ip", "10.9.9.9"], portal)).rejects.toThrow();
});

test("another site has the secrets of one that was backed up, and makes none of its own", async () => {
  await ensureSiteSecrets(folder, "campus");
  const key = await keepSecret(folder, "backup.key", Buffer.from("key").toString("base64"));
  expect(await keepSecret(folder, "backup.key", Buffer.from("other").toString("base64"))).toBe(key);
  const secrets = await readSecrets(folder);
  expect(Object.keys(secrets)).toHaveLength(Object.keys(SITE_SECRETS).length + 2);
  const elsewhere = join(folder, "elsewhere");
  await writeSecrets(elsewhere, secrets);
  await ensureSiteSecrets(elsewhere, "campus");
  expect(await readSecrets(elsewhere)).toEqual(secrets);
  for (const name of await readdir(elsewhere)) {
    expect((await stat(join(elsewhere, name))).mode & 0o077).toBe(0);
  }
});

test("a secret of another name is refused, wherever it would lead", async () => {
  for (const name of ["../x", "portal.pem", "site-a/machine.key", ""]) {
    const refused = writeSecrets(folder, { [name]: "" });
    await expect(refused).rejects.toMatchObject({ code: "SITE_SECRET_UNKNOWN" });
    await expect(keepSecret(folder, name, "")).rejects.toThrow();
  }
  expect(await readdir(folder)).toEqual([]);
});
