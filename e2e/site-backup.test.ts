import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { authenticationRoutes, createClient } from "@sluice/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, mainSite, Site } from "./harness.ts";

const NAME = "vaults";
const PASSWORD = "correct horse battery staple";

const FILES = {
  "site.yaml": `
Provider: local
Zones: [a]
Clusters:
  - { Name: vault-east, File: east.yaml }
Users:
  - Name: ada
`,
  "east.yaml": `
HeadNode: { InstanceType: local.head }
Scheduling:
  SlurmSettings: { ScaledownIdletime: 60s }
  SlurmQueues:
    - Name: burst
      ComputeResources:
        - { Name: light, InstanceType: light.small, MaxCount: 4 }
`,
};

describe("a site that is backed up, lost, and restored elsewhere", () => {
  const site = mainSite();
  const elsewhere = new Site("elsewhere-site");
  const folder = join(site.run.folder, "site-backups");
  const key = join(site.run.folder, "site-backup.key");
  let backup: string;
  let url: string;
  let token: string;
  let jobs: Record<"done" | "held", string>;
  let restored: Cluster | undefined;

  const succeed = async (host: Site, args: readonly string[]) => {
    const result = await host.sluice(args, { timeout: 300 });
    expect(result.code, result.stderr).toBe(0);
    return result;
  };
  const restore = (...words: string[]) =>
    elsewhere.sluice(["restore", "--site-name", NAME, "--from", backup, ...words], {
      timeout: 300,
    });

  beforeAll(async () => {
    // The site's own authority is not one that this process knows.
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    const files = join(site.run.folder, "vaults-files");
    mkdirSync(files, { recursive: true });
    for (const [file, text] of Object.entries(FILES)) writeFileSync(join(files, file), text);
    const made = await succeed(site, ["create-site", "-n", NAME, "-c", join(files, "site.yaml")]);
    const view = made.json<{ site: { url: string }; firstLink: string }>();
    const client = createClient({ baseUrl: view.site.url });
    const link = view.firstLink.slice(view.firstLink.lastIndexOf("/") + 1);
    const body = { token: link, name: "admin", password: PASSWORD };
    await client.call(authenticationRoutes.useLink, { body });
    const by = { is: "password" as const, name: "admin", password: PASSWORD };
    const signIn = { by, token: { name: "tests", expiresInDays: 1 } };
    token = (await client.call(authenticationRoutes.signInForToken, { body: signIn })).token;
    const cluster = await site.cluster("vault-east");
    const submit = (options: string): Promise<string> =>
      cluster.ok("ada", `sbatch --parsable -o /dev/null ${options} --wrap true`);
    jobs = { done: await submit("--wait"), held: await submit("--hold") };
    await cluster.saved(jobs.held);
    await succeed(site, ["backup", "--site-name", NAME, "--to", folder]);
    await succeed(site, ["backup", "--site-name", NAME, "--export-key", key]);
    backup = join(folder, readdirSync(folder).find((name) => /\.site\.tar/.test(name)) ?? "");
    await succeed(site, ["delete-site", "-n", NAME, "--yes"]);
  }, 400_000);
  afterAll(async () => {
    await elsewhere.sluice(["delete-site", "-n", NAME, "--yes"]);
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  });

  test("with the wrong key, or without its cluster's: nothing is made", async () => {
    const wrong = join(site.run.folder, "wrong-site.key");
    writeFileSync(wrong, `AGE-SECRET-KEY-1${"Q".repeat(58)}\n`);
    expect((await restore("--key", wrong)).error().code).toMatch(/^BACKUP_KEY_/);
    const alone = join(site.run.folder, "alone");
    mkdirSync(alone);
    const copy = join(alone, backup.slice(folder.length + 1));
    copyFileSync(backup, copy);
    const refused = await restore("--key", key, "--from", copy);
    expect(refused.error().code).toBe("BACKUP_MEMBER_MISSING");
    rmSync(alone, { recursive: true });
    expect((await elsewhere.sluice(["list-sites"])).json()).toEqual({ sites: [] });
  }, 60_000);

  test("tokens work, and accounting and the queue are as they were", async () => {
    const result = await restore("--key", key);
    expect(result.code, result.stderr).toBe(0);
    ({ url } = result.json<{ site: { url: string } }>().site);
    const headers = { authorization: `Bearer ${token}` };
    const client = createClient({ baseUrl: url, headers });
    const session = await client.call(authenticationRoutes.getSession, {});
    expect(session).toMatchObject({ name: "admin" });
    restored = await elsewhere.cluster("vault-east");
    const [row] = await restored.accounting([jobs.done]);
    expect(row).toMatchObject({ id: jobs.done, state: "COMPLETED", user: "ada" });
    expect(await restored.ok("ada", `squeue -h -j ${jobs.held} -o %T`)).toBe("PENDING");
  }, 300_000);

  test("what waited runs when it is released", async () => {
    const cluster = restored as Cluster;
    await cluster.ok("ada", `scontrol release ${jobs.held}`);
    expect((await cluster.ended([jobs.held], 60)).get(jobs.held)).toBe("COMPLETED");
  }, 90_000);
});
