import { expect, test } from "vitest";
import { PASSWORD, type Session, type World, world } from "./testing/world.ts";

const DAY = 86_400_000;
const WHO = { method: "GET", url: "/api/v1/session" } as const;

async function create(site: World, as: Session | string, wish: object = {}) {
  const payload = { name: "laptop", ...wish };
  return (await site.ask({ method: "POST", url: "/api/v1/tokens", as, payload })).json();
}
async function statusOf(site: World, as: string): Promise<number> {
  return (await site.ask({ ...WHO, as })).statusCode;
}

test("a token is shown once, stored as a hash, and ends", async () => {
  await using site = await world();
  const me = await site.administrator();
  const made = await create(site, me, { expiresInDays: 2 });
  expect(made.token).toMatch(/^slu_[\w-]{43}$/);
  const list = await site.ask({ method: "GET", url: "/api/v1/tokens", as: me });
  expect(list.json().items).toMatchObject([{ id: made.id, name: "laptop" }]);
  const rows = await site.database.selectFrom("tokens").selectAll().execute();
  for (const text of [list.body, JSON.stringify(rows)]) {
    expect(text).not.toContain(made.token.slice(4));
  }
  expect(await statusOf(site, made.token)).toBe(200);
  const used = await site.ask({ method: "GET", url: "/api/v1/tokens", as: me });
  expect(used.json().items[0]).toHaveProperty("lastUsedAt");
  site.clock.move(2 * DAY);
  expect(await statusOf(site, made.token)).toBe(401);
});

test("a token needs no session's token, and a cookie beside it is not looked at", async () => {
  await using site = await world();
  const me = await site.administrator();
  const { token } = await create(site, me);
  const made = await site.ask({
    method: "POST",
    url: "/api/v1/groups",
    as: token,
    payload: { name: "g" },
  });
  expect(made.statusCode).toBe(201);
  const headers = { cookie: me.cookie };
  expect((await site.ask({ ...WHO, as: "slu_wrong", headers })).statusCode).toBe(401);
  expect((await site.ask({ ...WHO, as: `slu_${"A".repeat(43)}`, headers })).statusCode).toBe(401);
});

test("a token does what its scopes are for, on its clusters, and what it makes has no more", async () => {
  await using site = await world();
  const me = await site.administrator();
  const narrow = await create(site, me, {
    scopes: ["users:read", "tokens:write"],
    expiresInDays: 3,
  });
  const get = (url: string, as: string) => site.ask({ method: "GET", url, as });
  expect((await get("/api/v1/users", narrow.token)).statusCode).toBe(200);
  expect((await get("/api/v1/audit", narrow.token)).json()).toMatchObject({
    code: "SCOPE_MISSING",
  });
  const change = { method: "POST", url: "/api/v1/groups", payload: { name: "g" } } as const;
  expect((await site.ask({ ...change, as: narrow.token })).json()).toMatchObject({
    code: "SCOPE_MISSING",
  });

  const more = await create(site, narrow.token, { scopes: ["users:read", "users:write"] });
  expect(more).toMatchObject({ status: 403, code: "TOKEN_EXCEEDS" });
  const child = await create(site, narrow.token, { expiresInDays: 300 });
  expect(child.scopes).toEqual(narrow.scopes);
  expect(child.expiresAt).toBe(narrow.expiresAt);

  const demo = await create(site, me, { clusters: ["demo"] });
  expect((await get("/api/v1/users", demo.token)).json()).toMatchObject({ code: "NOT_ALLOWED" });
  expect((await get("/api/v1/session", demo.token)).json().grants).toEqual([
    { role: "administrator", cluster: "demo", account: "*" },
  ]);
  expect(await create(site, demo.token, { clusters: ["demo", "other"] })).toMatchObject({
    code: "TOKEN_EXCEEDS",
  });
  expect((await create(site, demo.token)).clusters).toEqual(["demo"]);
});

test("revoking a token revokes what was made with it; another's is not there", async () => {
  await using site = await world();
  const admin = await site.administrator();
  const ada = await site.user({
    name: "ada",
    grants: [{ role: "user", cluster: "*", account: "*" }],
  });
  const mother = await create(site, ada);
  const child = await create(site, mother.token);
  const grandchild = await create(site, child.token);
  const revoke = (as: Session | string, token: string) =>
    site.ask({ method: "DELETE", url: `/api/v1/tokens/${token}`, as });

  const ben = await site.user({
    name: "ben",
    grants: [{ role: "user", cluster: "*", account: "*" }],
  });
  expect((await revoke(ben, mother.id)).json()).toMatchObject({ code: "TOKEN_NOT_FOUND" });
  expect(
    (
      await site.ask({ method: "GET", url: "/api/v1/tokens", query: { user: "ada" }, as: ben })
    ).json(),
  ).toMatchObject({ code: "NOT_ALLOWED" });
  const listed = await site.ask({
    method: "GET",
    url: "/api/v1/tokens",
    query: { user: "ada" },
    as: admin,
  });
  expect(listed.json().items).toHaveLength(3);

  const read = await create(site, ada, { scopes: ["jobs:read"] });
  expect((await revoke(read.token, mother.id)).json()).toMatchObject({ code: "SCOPE_MISSING" });
  expect((await revoke(read.token, "this")).statusCode).toBe(204);
  expect((await revoke(ada, mother.id)).statusCode).toBe(204);
  for (const { token } of [read, mother, child, grandchild]) {
    expect(await statusOf(site, token)).toBe(401);
  }
});

test("sessions and tokens of who is disabled or deleted end at once, and stay ended", async () => {
  await using site = await world();
  const admin = await site.administrator();
  const grants = [{ role: "user", cluster: "*", account: "*" }];
  const ada = await site.user({ name: "ada", grants });
  const { token } = await create(site, ada);
  expect(await statusOf(site, token)).toBe(200);
  const set = (payload: object) =>
    site.ask({ method: "PATCH", url: "/api/v1/users/ada", as: admin, payload });
  await set({ disabled: true });
  expect(await statusOf(site, token)).toBe(401);
  expect((await site.ask({ ...WHO, as: ada })).statusCode).toBe(401);
  await set({ disabled: false });
  expect(await statusOf(site, token)).toBe(401);

  const again = await site.signIn("ada");
  const second = await create(site, again);
  expect(await statusOf(site, second.token)).toBe(200);
  await site.ask({ method: "DELETE", url: "/api/v1/users/ada", as: admin });
  expect(await statusOf(site, second.token)).toBe(401);
  await site.user({ name: "ada", grants });
  expect(await statusOf(site, second.token)).toBe(401);
});

test("programs sign in for a token with a password, and get no cookie", async () => {
  await using site = await world();
  await site.administrator();
  const by = { is: "password", name: "root-admin", password: PASSWORD };
  const ask = (password: string) =>
    site.ask({
      method: "POST",
      url: "/api/v1/session/token",
      payload: { by: { ...by, password }, token: { name: "laptop" } },
    });
  expect((await ask("wrong")).json()).toMatchObject({ code: "SIGN_IN_FAILED" });
  const answer = await ask(PASSWORD);
  expect(answer.headers["set-cookie"]).toBeUndefined();
  expect(await statusOf(site, answer.json().token)).toBe(200);
});
