import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLIENT, startProvider, type TestProvider } from "./testing/provider.ts";
import { cookiesOf, ORIGIN, type World, world } from "./testing/world.ts";

const START = "/api/v1/session/oidc/site";
const CALLBACK = `${START}/callback`;

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider(`${ORIGIN}${CALLBACK}`);
});
afterAll(async () => provider[Symbol.asyncDispose]());

function siteWorld(changes: object = {}): Promise<World> {
  const oidc = {
    Name: "site",
    Title: "The Site",
    Issuer: provider.issuer,
    ClientId: CLIENT.ClientId,
    ClientSecretEnvironment: "OIDC_SECRET",
    UnixUserClaim: "unix",
    Rules: [{ Group: "hpc", Grants: [{ Role: "user" }] }],
    ...changes,
  };
  return world({ config: { Oidc: [oidc] }, env: { OIDC_SECRET: CLIENT.secret } });
}

/** Up to where the provider leads the browser back. */
async function leave(site: World, login = "sub-ada", query: Record<string, string> = {}) {
  const start = await site.ask({ method: "GET", url: START, query });
  expect(start.statusCode).toBe(302);
  const location = String(start.headers.location);
  const back = await provider.visit(location, login);
  return { cookie: cookiesOf(start), location: new URL(location), back };
}

function comeBack(site: World, back: URL, cookie: string) {
  return site.ask({ method: "GET", url: `${CALLBACK}${back.search}`, headers: { cookie } });
}

test("people come in by the provider, with what its claims give", async () => {
  await using site = await siteWorld();
  const { cookie, location, back } = await leave(site, "sub-ada", { returnTo: "/#/jobs" });
  expect(Object.fromEntries(location.searchParams)).toMatchObject({
    code_challenge_method: "S256",
    response_type: "code",
    state: expect.any(String),
    nonce: expect.any(String),
  });
  const end = await comeBack(site, back, cookie);
  expect(end.headers.location).toBe("/#/jobs");
  const session = { cookie: cookiesOf(end), csrf: "" };
  const me = await site.ask({ method: "GET", url: "/api/v1/session", as: session });
  expect(me.json()).toMatchObject({
    name: "ada",
    displayName: "Ada L.",
    email: "ada@example.com",
    unixUser: "ada",
    grants: [{ role: "user", cluster: "*", account: "*" }],
  });
  const { items } = await site.auditLog.query({ limit: 10, action: "finishOidc" });
  expect(items).toMatchObject([{ target: "user ada", result: "done" }]);
});

test("groups are compared exactly, and root is nobody", async () => {
  await using site = await siteWorld();
  const { cookie, back } = await leave(site, "sub-mal");
  await comeBack(site, back, cookie);
  const mal = await site.identity.users.get("mal");
  expect(mal).toMatchObject({ grantsOfSource: [] });
  expect(mal).not.toHaveProperty("unixUser");
});

test("another state, another browser and another provider's name are refused", async () => {
  await using site = await siteWorld();
  const { cookie, back } = await leave(site);
  const refused = { status: 401, code: "OIDC_REFUSED" };
  const other = new URL(back);
  other.searchParams.set("state", "x".repeat(43));
  expect((await comeBack(site, other, cookie)).json()).toMatchObject(refused);
  const stranger = `__Host-sluice-oidc=${"A".repeat(43)}`;
  expect((await comeBack(site, back, stranger)).json()).toMatchObject(refused);
  expect((await comeBack(site, back, "")).json()).toMatchObject(refused);
  // Whose sign-in it is was not hindered by that.
  expect((await comeBack(site, back, cookie)).statusCode).toBe(302);
});

test("an answer is taken once, at the same moment too, and its code never again", async () => {
  await using site = await siteWorld();
  const first = await leave(site);
  const both = await Promise.all([
    comeBack(site, first.back, first.cookie),
    comeBack(site, first.back, first.cookie),
  ]);
  expect(both.map(({ statusCode }) => statusCode).toSorted()).toEqual([302, 401]);

  const second = await leave(site);
  second.back.searchParams.set("code", first.back.searchParams.get("code") ?? "");
  const replayed = await comeBack(site, second.back, second.cookie);
  expect(replayed.json()).toMatchObject({ status: 401, code: "OIDC_REFUSED" });
});

test.each(["nonce", "verifier"] as const)("an answer for another %s is refused", async (column) => {
  await using site = await siteWorld();
  const { cookie, back } = await leave(site);
  const other = randomBytes(32).toString("base64url");
  await site.database
    .updateTable("oidc_flows")
    .set({ [column]: other })
    .execute();
  const answer = await comeBack(site, back, cookie);
  expect(answer.json()).toMatchObject({ status: 401, code: "OIDC_REFUSED" });
  expect((await site.identity.users.list({ limit: 10 })).total).toBe(0);
});

test("a sign-in that took too long is over", async () => {
  await using site = await siteWorld();
  const { cookie, back } = await leave(site);
  site.clock.move(11 * 60_000);
  expect((await comeBack(site, back, cookie)).json()).toMatchObject({ code: "OIDC_REFUSED" });
});

test("the browser is not led to other sites", async () => {
  await using site = await siteWorld();
  for (const returnTo of [
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil",
    "x",
  ]) {
    const answer = await site.ask({ method: "GET", url: START, query: { returnTo } });
    expect(answer.json()).toMatchObject({ status: 400, code: "REQUEST_INVALID" });
  }
});

test("a program gets a code at loopback, and a token for it with its verifier, once", async () => {
  await using site = await siteWorld();
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const codeOf = async () => {
    const { cookie, back } = await leave(site, "sub-ada", { port: "40123", challenge, state: "s" });
    const end = await comeBack(site, back, cookie);
    const location = new URL(String(end.headers.location));
    expect(location.origin).toBe("http://127.0.0.1:40123");
    expect(location.searchParams.get("state")).toBe("s");
    expect(cookiesOf(end)).not.toContain("sluice-session");
    return location.searchParams.get("code") ?? "";
  };
  const exchange = (code: string, by: string) =>
    site.ask({
      method: "POST",
      url: "/api/v1/session/token",
      payload: { by: { is: "code", code, verifier: by }, token: { name: "laptop" } },
    });
  const code = await codeOf();
  const both = await Promise.all([exchange(code, verifier), exchange(code, verifier)]);
  expect(both.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 401]);
  const token = both.find(({ statusCode }) => statusCode === 201)?.json();
  expect(token).toMatchObject({
    user: "ada",
    name: "laptop",
    token: expect.stringMatching(/^slu_/),
  });

  const stolen = await codeOf();
  expect((await exchange(stolen, randomBytes(32).toString("base64url"))).statusCode).toBe(401);
  expect((await exchange(stolen, verifier)).statusCode).toBe(401);
});

test("a provider that is away is told, and nothing of where it is", async () => {
  await using site = await siteWorld({ Issuer: "http://127.0.0.1:9" });
  const answer = await site.ask({ method: "GET", url: START });
  expect(answer.json()).toMatchObject({ status: 503, code: "OIDC_UNREACHABLE" });
  expect(answer.body).not.toContain("127.0.0.1");
});
