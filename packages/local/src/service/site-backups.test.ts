import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Decrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildApi } from "./api.ts";
import { refuseSecrets, SECRETS_ROUTE, sealedSecrets } from "./site-backups.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sluice-sealed-"));
  mkdirSync(join(root, "secrets"));
  writeFileSync(join(root, "secrets", "munge.key"), "very secret");
});
afterEach(() => rmSync(root, { recursive: true }));

const sealedFor = (Recipients?: readonly string[]) =>
  sealedSecrets({
    paths: { secrets: join(root, "secrets"), storage: join(root, "storage") },
    config: { Backup: Recipients && { Recipients } },
  } as never);

async function opened(sealed: string, identity: string): Promise<Record<string, string>> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return JSON.parse(await decrypter.decrypt(Buffer.from(sealed, "base64"), "text"));
}

test("a site's secrets are sealed for its own key, which is made once", async () => {
  const { recipients, sealed } = await sealedFor();
  expect((await sealedFor()).recipients).toEqual(recipients);
  const key = readFileSync(join(root, "secrets", "backup.key"), "utf8");
  const identity = /^AGE-SECRET-KEY-.*$/m.exec(key)?.[0] ?? "";
  const secrets = await opened(sealed, identity);
  expect(Buffer.from(secrets["munge.key"] ?? "", "base64").toString()).toBe("very secret");
  expect(Object.keys(secrets)).toContain("backup.key");
  expect(Buffer.from(sealed, "base64").toString("latin1")).not.toContain("very secret");
});

test("or for whom its file names, and nobody else", async () => {
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  const { recipients, sealed } = await sealedFor([recipient]);
  expect(recipients).toEqual([recipient]);
  expect(await opened(sealed, identity)).toHaveProperty(["munge.key"]);
  await expect(opened(sealed, await generateX25519Identity())).rejects.toThrow();
});

test("no machine gets them as they are, however it asks", async () => {
  const app = buildApi();
  app.get(SECRETS_ROUTE, async () => ({ "munge.key": "c2VjcmV0" }));
  app.get("/sites/:name", async () => ({}));
  refuseSecrets(app);
  for (const url of [
    "/sites/campus/secrets",
    "/sites/campus/%73ecrets",
    "/sites/campus/secrets?a",
  ]) {
    const { statusCode, body } = await app.inject(url);
    expect([url, statusCode >= 400, body.includes("c2Vj")]).toEqual([url, true, false]);
  }
  expect((await app.inject("/sites/campus")).statusCode).toBe(200);
});
