import { clusterFilesRoutes, serverRoutes } from "@sluice/api";
import { expect, test } from "vitest";
import { ask, clientOf, serverSite, siteOfServer } from "./site.ts";

test("administrators see how the server is, and nobody else does", async () => {
  const { cluster: place } = siteOfServer();
  const look = () => clientOf("admin").call(serverRoutes.getServerState, {});
  const state = await place.until(
    "the cluster to have been heard",
    async () => {
      const seen = await look();
      return seen.clusters[0]?.queueAgeSeconds !== undefined && seen;
    },
    60,
  );
  expect(state).toMatchObject({
    address: `${serverSite().url}/`,
    database: { state: "ok", isOwn: true, migrations: expect.any(Number) },
    clusters: [{ name: "demo", status: "CREATE_COMPLETE" }],
    unansweredClouds: [],
  });
  expect(state.database.bytes).toBeGreaterThan(10_000);
  expect(state.memory.residentBytes).toBeGreaterThan(10_000_000);
  expect(state.requests.answered).toBeGreaterThan(0);
  expect(state.concerns.filter(({ severity }) => severity === "error")).toEqual([]);
  for (const person of ["olga", "ada", "rita"] as const) {
    expect((await ask("/api/v1/server", person)).status).toBe(403);
  }
  expect((await ask("/api/v1/server")).status).toBe(401);
});

test("cluster files are advised on and mended by the program as it is built", async () => {
  const { items } = await clientOf("ada").call(clusterFilesRoutes.listClusterFileSamples, {});
  const aws = items.find(({ provider }) => provider === "aws")?.text ?? "";
  const clusterConfiguration = `${aws}\nMonitoring:\n  Alarms:\n    Enabled: false\n`;
  const body = { clusterConfiguration };
  const told = await clientOf("ada").call(clusterFilesRoutes.adviseOnClusterFile, { body });
  expect(told.advice.map(({ id }) => id)).toContain("head/unwatched");
  const fixed = await clientOf("ada").call(clusterFilesRoutes.fixClusterFile, { body });
  expect(fixed.applied.map(({ id }) => id)).toContain("head/unwatched");
});
