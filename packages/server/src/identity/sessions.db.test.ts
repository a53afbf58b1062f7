import { expect, test } from "vitest";
import { cookiesOf, ORIGIN, PASSWORD, sessionOf, tokenOf, world } from "./testing/world.ts";

const HOUR = 3600_000;
const SIGN_IN = { method: "POST", url: "/api/v1/session" } as const;
const WHO = { method: "GET", url: "/api/v1/session" } as const;

test("the first administrator comes in by a link, once, and then no more are made", async () => {
  await using site = await world();
  const link = await site.identity.signIns.firstLink();
  const again = await site.identity.signIns.firstLink();
  expect(link?.url).toMatch(/^https:\/\/sluice\.example\.com\/#\/first\/[\w-]{43}$/);

  const use = (url: string | undefined, name: string) =>
    site.ask({
      method: "POST",
      url: "/api/v1/session/link",
      payload: { token: tokenOf(url), password: PASSWORD, name, unixUser: "ada" },
    });
  const answers = await Promise.all([
    use(link?.url, "ada"),
    use(link?.url, "eve"),
    use(again?.url, "mal"),
  ]);
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 404, 404]);
  const won = answers.find(({ statusCode }) => statusCode === 200);
  expect(won?.json()).toMatchObject({
    unixUser: "ada",
    grants: [{ role: "administrator", cluster: "*", account: "*" }],
  });
  expect(await site.identity.signIns.firstLink()).toBeUndefined();
  expect((await site.identity.users.list({ limit: 10 })).total).toBe(1);
});

test("a link is too old after a day", async () => {
  await using site = await world();
  const link = await site.identity.signIns.firstLink();
  site.clock.move(24 * HOUR + 1);
  const payload = { token: tokenOf(link?.url), password: PASSWORD, name: "ada" };
  const answer = await site.ask({ method: "POST", url: "/api/v1/session/link", payload });
  expect(answer.json()).toMatchObject({ status: 404, code: "LINK_INVALID" });
});

test("a link with a bad name, password or Unix user stays good", async () => {
  await using site = await world();
  const token = tokenOf((await site.identity.signIns.firstLink())?.url);
  const use = async (wish: object) => {
    const payload = { token, password: PASSWORD, name: "ada", ...wish };
    return (await site.ask({ method: "POST", url: "/api/v1/session/link", payload })).json();
  };
  expect(await use({ password: "aaaaaaaaaaaaaa" })).toMatchObject({ code: "PASSWORD_REFUSED" });
  expect(await use({ password: "short" })).toMatchObject({ code: "REQUEST_INVALID" });
  expect(await use({ name: "a b" })).toMatchObject({ code: "REQUEST_INVALID" });
  for (const unixUser of ["root", "slurm", "munge", "1000", "../x", "a b", "systemd-network"]) {
    expect(await use({ unixUser })).toMatchObject({ code: "UNIX_USER_REFUSED" });
  }
  expect(await use({})).toMatchObject({ name: "ada" });
});

test("a session's cookie is the host's alone, random, and stored as a hash", async () => {
  await using site = await world();
  await site.administrator();
  const answer = await site.ask({
    ...SIGN_IN,
    payload: { name: "root-admin", password: PASSWORD },
  });
  const header = String(answer.headers["set-cookie"]);
  expect(header).toMatch(/^__Host-sluice-session=[\w-]{43}; /);
  expect(header).toMatch(/; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
  const secret = cookiesOf(answer).split("=")[1] ?? "";
  const rows = JSON.stringify(await site.database.selectFrom("sessions").selectAll().execute());
  expect(rows).not.toContain(secret);
});

test("without TLS, as on loopback, the cookie has no prefix that needs it", async () => {
  await using site = await world({ publicUrl: "http://127.0.0.1:8480" });
  const link = await site.identity.signIns.firstLink();
  const payload = { token: tokenOf(link?.url), password: PASSWORD, name: "ada" };
  const answer = await site.ask({ method: "POST", url: "/api/v1/session/link", payload });
  expect(String(answer.headers["set-cookie"])).toMatch(
    /^sluice-session=[^;]+; .*HttpOnly; SameSite=Lax$/,
  );
});

test("a session id that came along is never taken, and the one before ends", async () => {
  await using site = await world();
  const before = await site.administrator();
  const fixed = `__Host-sluice-session=${"A".repeat(43)}`;
  const answer = await site.ask({
    ...SIGN_IN,
    headers: { cookie: fixed },
    payload: { name: "root-admin", password: PASSWORD },
  });
  expect(cookiesOf(answer)).not.toBe(fixed);
  expect((await site.ask({ ...WHO, headers: { cookie: fixed } })).statusCode).toBe(401);

  const rotated = await site.ask({
    ...SIGN_IN,
    as: before,
    payload: { name: "root-admin", password: PASSWORD },
  });
  expect((await site.ask({ ...WHO, as: before })).statusCode).toBe(401);
  expect((await site.ask({ ...WHO, as: sessionOf(rotated) })).statusCode).toBe(200);
});

test("a session ends when it is idle, and after its time however busy", async () => {
  await using site = await world({ config: { Sessions: { IdleMinutes: 60, HoursAtMost: 3 } } });
  const idle = await site.administrator();
  site.clock.move(HOUR + 1);
  expect((await site.ask({ ...WHO, as: idle })).statusCode).toBe(401);

  const busy = await site.signIn("root-admin");
  for (let minutes = 0; minutes < 180; minutes += 30) {
    expect((await site.ask({ ...WHO, as: busy })).statusCode).toBe(200);
    site.clock.move(HOUR / 2);
  }
  expect((await site.ask({ ...WHO, as: busy })).statusCode).toBe(401);
});

test("signing out ends this session; everywhere ends all of that person's", async () => {
  await using site = await world();
  const one = await site.administrator();
  const two = await site.signIn("root-admin");
  const three = await site.signIn("root-admin");
  const leave = { method: "DELETE", url: "/api/v1/session" } as const;
  expect((await site.ask({ ...leave, as: one })).statusCode).toBe(204);
  const answers = async () =>
    Promise.all([one, two, three].map(async (as) => (await site.ask({ ...WHO, as })).statusCode));
  expect(await answers()).toEqual([401, 200, 200]);
  await site.ask({ ...leave, as: two, query: { everywhere: "true" } });
  expect(await answers()).toEqual([401, 401, 401]);
});

test("a change by cookie needs the session's token, and no other site's page", async () => {
  await using site = await world();
  const me = await site.administrator();
  const other = await site.signIn("root-admin");
  const change = async (headers: Record<string, string>) => {
    const request = { method: "POST", url: "/api/v1/groups", payload: { name: "g" } } as const;
    return (await site.ask({ ...request, headers: { cookie: me.cookie, ...headers } })).json();
  };
  const refused = { status: 403, code: "CROSS_SITE_REQUEST" };
  expect(await change({})).toMatchObject(refused);
  expect(await change({ "x-sluice-csrf": other.csrf })).toMatchObject(refused);
  const own = { "x-sluice-csrf": me.csrf };
  expect(await change({ ...own, origin: "https://evil.example" })).toMatchObject(refused);
  expect(await change({ ...own, origin: "null" })).toMatchObject(refused);
  expect(await change({ ...own, "sec-fetch-site": "same-site" })).toMatchObject(refused);
  expect(await change({ ...own, "sec-fetch-site": "cross-site" })).toMatchObject(refused);
  expect(await change({ ...own, origin: ORIGIN, "sec-fetch-site": "same-origin" })).toMatchObject({
    name: "g",
  });
});

test("no other site's page signs anybody in", async () => {
  await using site = await world();
  await site.administrator();
  const payload = { name: "root-admin", password: PASSWORD };
  const headers = { origin: "https://evil.example" };
  const answer = await site.ask({ ...SIGN_IN, payload, headers });
  expect(answer.json()).toMatchObject({ status: 403, code: "CROSS_SITE_REQUEST" });
});

test("a new password ends the other sessions and needs the old one", async () => {
  await using site = await world();
  const one = await site.administrator();
  const two = await site.signIn("root-admin");
  const change = (current: string) =>
    site.ask({
      method: "PUT",
      url: "/api/v1/session/password",
      as: one,
      payload: { current, password: "another long pass phrase" },
    });
  expect((await change("wrong wrong wrong")).json()).toMatchObject({ code: "SIGN_IN_FAILED" });
  expect((await change(PASSWORD)).statusCode).toBe(204);
  expect((await site.ask({ ...WHO, as: one })).statusCode).toBe(200);
  expect((await site.ask({ ...WHO, as: two })).statusCode).toBe(401);
  await expect(site.signIn("root-admin")).rejects.toThrow("SIGN_IN_FAILED");
  await site.signIn("root-admin", "another long pass phrase");
});
