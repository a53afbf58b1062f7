import { mintJwt } from "@sluice/slurm";
import type { FastifyRequest } from "fastify";
import { expect, test } from "vitest";
import type { ServedCluster } from "../clusters/directory.ts";
import { type World, world } from "../identity/testing/world.ts";
import { Callers } from "./callers.ts";

const KEYS: Record<string, Uint8Array> = {
  first: new Uint8Array(32).fill(1),
  second: new Uint8Array(32).fill(2),
};

/** The cluster `demo`, of which there may have been several. */
function cluster(id: string): ServedCluster {
  const cloud = { gateway: async () => ({ jwtKey: KEYS[id] }) };
  return { name: "demo", cloud, record: { id } } as unknown as ServedCluster;
}

interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly isChange?: boolean;
  readonly cluster?: string;
}

function callersOf(site: World, acceptsSlurmTokens = true) {
  const { authenticate, authenticateToken } = site.identity;
  const callers = new Callers({
    ...{ clusters: undefined as never, database: site.database, clock: site.clock },
    ...{ authenticate, authenticateToken, acceptsSlurmTokens },
  });
  return ({ method = "GET", headers = {}, isChange = false, cluster: id = "first" }: Asking) =>
    callers.caller(
      { method, url: "/slurm/latest/reconfigure", headers } as unknown as FastifyRequest,
      async () => cluster(id),
      { isChange },
    );
}

const slurmToken = (user: string, { clock }: World, key = KEYS.first ?? new Uint8Array()) => ({
  authorization: `Bearer ${mintJwt({ user, lifetimeSeconds: 60, key, now: clock.now() })}`,
});

test("a page of another site has no browser change anything, whatever the method", async () => {
  await using site = await world();
  const { cookie, csrf } = await site.administrator();
  const ask = callersOf(site);
  const navigated = { cookie, "sec-fetch-site": "cross-site" };
  expect(await ask({ headers: navigated })).toMatchObject({ name: "root-admin" });
  for (const headers of [navigated, { cookie }]) {
    const asked = ask({ headers, isChange: true });
    await expect(asked).rejects.toMatchObject({ code: "CROSS_SITE_REQUEST" });
  }
  const headers = { cookie, "x-sluice-csrf": csrf };
  expect(await ask({ headers, isChange: true })).toMatchObject({ name: "root-admin" });
});

test("a token of Slurm's is its user's on that cluster, where the site takes such", async () => {
  await using site = await world();
  const headers = slurmToken("ada", site);
  expect(await callersOf(site)({ headers })).toMatchObject({
    unixUser: "ada",
    grants: [{ role: "user", cluster: "demo", account: "*" }],
  });
  expect(await callersOf(site, false)({ headers })).toBeUndefined();
  expect(await callersOf(site)({ headers: slurmToken("root", site) })).toBeUndefined();
});

test("another cluster that has the name now has another key", async () => {
  await using site = await world();
  const ask = callersOf(site);
  const headers = slurmToken("ada", site);
  expect(await ask({ headers })).toMatchObject({ unixUser: "ada" });
  expect(await ask({ headers, cluster: "second" })).toBeUndefined();
  const other = slurmToken("ada", site, KEYS.second);
  expect(await ask({ headers: other, cluster: "second" })).toMatchObject({ unixUser: "ada" });
});

test("whose accounts may do nothing any more comes in by no token of Slurm's", async () => {
  await using site = await world();
  await site.administrator();
  const ask = callersOf(site);
  const headers = slurmToken("ada", site);
  await site.user({ name: "ada", unixUser: "ada" });
  await site.user({ name: "ada.too", unixUser: "ada" });
  await site.identity.users.update("ada", { disabled: true });
  expect(await ask({ headers })).toMatchObject({ unixUser: "ada" });
  const { id } = await site.identity.users.get("ada.too");
  await site.database
    .insertInto("absent_people")
    .values({ user_id: id, since: site.clock.now() })
    .execute();
  expect(await ask({ headers })).toBeUndefined();
});
