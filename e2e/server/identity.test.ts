import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { auditRoutes, authenticationRoutes, clustersRoutes, createClient } from "@sluice/api";
import { expect, test } from "vitest";
import { ask, clientOf, PASSWORD, serverSite, siteOfServer } from "./site.ts";

/** The command line of somebody who never signed in. */
class Desk implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "sluice-desk-"));
  readonly #site = siteOfServer().site;

  sluice(args: readonly string[], input?: string) {
    const env = { XDG_CONFIG_HOME: this.folder, SLUICE_SERVER: serverSite().url };
    return this.#site.sluice(args, { env, ...(input === undefined ? {} : { input }) });
  }

  async json<T>(...args: readonly string[]): Promise<T> {
    const result = await this.sluice(args);
    expect(result.stderr).toBe("");
    return result.json<T>();
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

test("the command line signs in, makes and revokes tokens, manages users, and signs out", async () => {
  using desk = new Desk();
  const stranger = await desk.sluice(["token", "list"]);
  expect(stranger.error().code).toBe("NOT_SIGNED_IN");
  const wrong = await desk.sluice(["login", "--user", "admin"], "not the password\n");
  expect(wrong.error().code).toBe("SIGN_IN_FAILED");
  const login = await desk.sluice(["login", "--user", "admin"], `${PASSWORD}\n`);
  expect(login.stderr).toBe("");
  expect(login.json()).toMatchObject({ server: serverSite().url, user: "admin" });
  expect(statSync(join(desk.folder, "sluice", "servers.json")).mode & 0o777).toBe(0o600);

  interface Made {
    readonly id: string;
    readonly token: string;
  }
  const made = await desk.json<Made>("token", "create", "ci", "--scopes", "clusters:read");
  const baseUrl = serverSite().url;
  const ci = createClient({ baseUrl, headers: { authorization: `Bearer ${made.token}` } });
  const { items } = await ci.call(clustersRoutes.listClusters, {});
  expect(items).toMatchObject([{ clusterName: "demo" }]);
  await expect(ci.call(auditRoutes.listAudit, { query: {} })).rejects.toMatchObject({
    code: "SCOPE_MISSING",
  });
  await desk.json("token", "revoke", made.id);
  await expect(ci.call(clustersRoutes.listClusters, {})).rejects.toMatchObject({
    code: "NOT_AUTHENTICATED",
  });

  const added = await desk.json<{ link: { url: string } }>(
    ...["users", "add", "grace", "--unix-user", "ada", "--grant", "user:demo"],
  );
  const token = added.link.url.split("/").at(-1) ?? "";
  const grace = await clientOf().call(authenticationRoutes.useLink, {
    body: { token, password: "a password of her own" },
  });
  expect(grace).toMatchObject({ name: "grace", unixUser: "ada" });
  expect((await desk.sluice(["users", "set", "grace", "--unix-user", "root"])).error().code).toBe(
    "UNIX_USER_REFUSED",
  );
  await desk.json("users", "remove", "grace", "--yes");

  expect(await desk.json("logout")).toMatchObject({ revoked: true });
  expect((await desk.sluice(["token", "list"])).error().code).toBe("NOT_SIGNED_IN");
});

test("a browser's change needs the session's token, wherever it goes", async () => {
  const signedIn = await ask("/api/v1/session", undefined, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "admin", password: PASSWORD }),
  });
  const { csrfToken } = (await signedIn.json()) as { csrfToken: string };
  const cookie = (signedIn.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
  const change = async (path: string, headers: Record<string, string>) => {
    const answer = await ask(path, undefined, {
      method: "DELETE",
      headers: { cookie, ...headers },
    });
    return [answer.status, ((await answer.json()) as { code?: string }).code];
  };
  const refused = [403, "CROSS_SITE_REQUEST"];
  const elsewhere = { "x-sluice-csrf": csrfToken, origin: "https://evil.example" };
  expect(await change("/api/v1/users/ada", {})).toEqual(refused);
  expect(await change("/api/v1/users/ada", elsewhere)).toEqual(refused);
  // ParallelCluster's interface has its own form of errors.
  for (const headers of [{}, elsewhere]) {
    expect((await change("/v3/clusters/demo", headers))[0]).toBe(403);
  }
});

test("what people do is in the audit log, whose chain is whole", async () => {
  const admin = clientOf("admin");
  const { items } = await admin.call(auditRoutes.listAudit, { query: { limit: 1000 } });
  expect(items.map(({ action }) => action)).toContain("useLink");
  expect(JSON.stringify(items)).not.toMatch(/slu_|correct horse/);
  expect(await admin.call(auditRoutes.checkAudit, {})).toMatchObject({ isWhole: true });
});
