import { copyFileSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
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
Servers: { File: server.yaml }
Backup: { Every: 10m, Keep: 3 }
Users:
  - Name: ada
`,
  "server.yaml": "Limits: { BodyKiB: 64 }\n",
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

interface Listed {
  readonly folder: string;
  readonly backups: readonly { readonly file: string }[];
  readonly state: { readonly ok: boolean };
}

interface SiteView {
  readonly backup: { readonly ageSeconds: number };
  readonly resources: { readonly backups: string };
}

describe("a site that is backed up, lost, and restored elsewhere", () => {
  const site = mainSite();
  const elsewhere = new Site("elsewhere-site");
  const folder = join(site.run.folder, "site-backups");
  const key = join(site.run.folder, "site-backup.key");
  const outside = join(site.run.folder, "site-backups-outside");
  let backup: string;
  let view: SiteView;
  let listed: Listed;
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
    const created = made.json<{ site: { url: string }; firstLink: string }>();
    const client = createClient({ baseUrl: created.site.url });
    const link = created.firstLink.slice(created.firstLink.lastIndexOf("/") + 1);
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
    const there = await succeed(site, ["backup", "--site-name", NAME]);
    const { file } = there.json<{ backup: { file: string } }>().backup;
    await succeed(site, ["backup", "--site-name", NAME, "--export-key", key]);
    const described = await succeed(site, ["describe-site", "-n", NAME]);
    view = described.json<SiteView>();
    listed = (await succeed(site, ["backups", "--site-name", NAME])).json<Listed>();
    cpSync(view.resources.backups, folder, { recursive: true });
    backup = join(folder, file);
    await succeed(site, ["backup", "--site-name", NAME, "--to", outside]);
    await succeed(site, ["delete-site", "-n", NAME, "--yes"]);
  }, 600_000);
  afterAll(async () => {
    await elsewhere.sluice(["delete-site", "-n", NAME, "--yes"]);
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  });

  test("it backs itself up, beside what is fetched from outside", () => {
    const files = listed.backups.map(({ file }) => file);
    expect(listed.state.ok).toBe(true);
    expect(files).toContain(backup.slice(folder.length + 1));
    expect(view.backup).toMatchObject({ ok: true, folder: listed.folder });
    expect(view.backup.ageSeconds).toBeLessThan(120);
    expect(readdirSync(outside).filter((name) => name.endsWith(".age"))).toHaveLength(2);
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
    // The servers' own file came along.
    const large = { method: "POST", body: JSON.stringify({ by: "x".repeat(70 << 10) }) };
    const type = { "content-type": "application/json" };
    const refused = await fetch(new URL("/api/v1/session/token", url), { ...large, headers: type });
    expect(refused.status).toBe(413);
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
