import { authenticationRoutes, clustersRoutes, eventsRoutes, usersRoutes } from "@sluice/api";
import { expect, test } from "vitest";
import { ask, clientOf, PASSWORD, serverSite, siteOfServer } from "./site.ts";

test("the first administrator was made by the link, which works no more", async () => {
  const me = await clientOf("admin").call(authenticationRoutes.getSession, {});
  expect(me).toMatchObject({ name: "admin", via: "token" });
  expect(me.grants).toContainEqual({ role: "administrator", cluster: "*", account: "*" });
  const { site } = siteOfServer();
  const { firstLink, ...status } = (await site.sluice(["server", "status"])).json<{
    firstLink?: string;
    status: string;
    database: string;
  }>();
  expect(status).toMatchObject({ status: "READY", database: "ok" });
  expect(firstLink).toBeUndefined();
});

test("somebody signs in by password, sees the cluster and signs out", async () => {
  const signedIn = await ask("/api/v1/session", undefined, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "ada", password: PASSWORD }),
  });
  expect(signedIn.status).toBe(200);
  const { csrfToken } = (await signedIn.json()) as { csrfToken: string };
  const cookie = (signedIn.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
  const clusters = await ask("/api/v1/clusters", undefined, { headers: { cookie } });
  expect(await clusters.json()).toMatchObject({ items: [{ clusterName: "demo" }] });
  const out = { method: "DELETE", headers: { cookie, "x-sluice-csrf": csrfToken } };
  expect((await ask("/api/v1/session", undefined, out)).status).toBe(204);
  const after = await ask("/api/v1/clusters", undefined, { headers: { cookie } });
  expect(after.status).toBe(401);
});

test("roles show and allow what they should", async () => {
  const list = async (person: "olga" | "rita") =>
    (await clientOf(person).call(clustersRoutes.listClusters, {})).items.map(
      ({ clusterName }) => clusterName,
    );
  expect(await list("olga")).toEqual(["demo"]);
  expect(await list("rita")).toEqual(["demo"]);
  await expect(clientOf("ada").call(usersRoutes.listUsers, {})).rejects.toMatchObject({
    code: "NOT_ALLOWED",
  });
  await expect(clientOf().call(clustersRoutes.listClusters, {})).rejects.toMatchObject({
    code: "NOT_AUTHENTICATED",
  });
});

test("a job that starts is told to whose it is, and to nobody else", async () => {
  const { cluster } = siteOfServer();
  using over = new DisposableAbort();
  const heard = { ada: [] as unknown[], ben: [] as unknown[] };
  const listen = async (person: "ada" | "ben", isDone: (data: unknown) => boolean) => {
    const { signal } = over;
    const query = { topics: "job" };
    for await (const { data } of clientOf(person).events(eventsRoutes.streamEvents, {
      query,
      signal,
    })) {
      heard[person].push(data);
      if (isDone(data)) return;
    }
  };
  const idOf = (event: unknown) => (event as { data: { id?: number } }).data.id;
  const job = { id: 0 };
  const ended = listen("ada", (data) => job.id !== 0 && idOf(data) === job.id);
  const others = listen("ben", () => false);
  job.id = Number(await cluster.ok("ada", "sbatch --parsable -p burst --wrap true"));
  await ended;
  over.abort();
  await others;
  expect(heard.ben.map(idOf)).not.toContain(job.id);
});

test("the interface is documented where it is, without asking anybody else", async () => {
  const document = (await (await ask("/api/v1/openapi.json")).json()) as {
    openapi: string;
    paths: Record<string, unknown>;
  };
  expect(document.openapi).toBe("3.1.0");
  expect(Object.keys(document.paths)).toContain("/api/v1/clusters");
  const page = await ask("/api/docs");
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  const html = await page.text();
  expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
  const viewer = await ask("/api/docs/viewer.js");
  expect(viewer.status).toBe(200);
  expect((await viewer.text()).length).toBeGreaterThan(100_000);
});

test("a second server over the same state is refused", async () => {
  const { site } = siteOfServer();
  const second = await site.sluice(["server", "start"]);
  expect(second.code).not.toBe(0);
  expect(second.error().code).toBe("SERVER_RUNNING");
  expect((await fetch(`${serverSite().url}/health/live`)).status).toBe(200);
});

class DisposableAbort extends AbortController implements Disposable {
  [Symbol.dispose](): void {
    this.abort();
  }
}
