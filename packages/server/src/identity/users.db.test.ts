import { expect, test } from "vitest";
import { PASSWORD, type Session, tokenOf, type World, world } from "./testing/world.ts";

const ALL = { cluster: "*", account: "*" };

function asker(site: World, as: Session) {
  return async (method: "GET" | "POST" | "PATCH" | "DELETE", url: string, payload?: object) =>
    site.ask({ method, url: `/api/v1${url}`, as, ...(payload === undefined ? {} : { payload }) });
}

test("users are made with a link, listed, searched, changed and deleted", async () => {
  await using site = await world();
  const ask = asker(site, await site.administrator());
  for (const name of ["ada", "ben", "cy_a%b"].map((one) => one.replace("%", "-"))) {
    const made = await ask("POST", "/users", {
      name,
      unixUser: "ada",
      email: `${name}@example.com`,
    });
    expect(made.statusCode).toBe(201);
    expect(made.json().link.url).toMatch(/#\/invite\//);
  }
  expect((await ask("POST", "/users", { name: "ada" })).json()).toMatchObject({
    status: 409,
    code: "USER_EXISTS",
  });
  // Where a name or an id may stand, nobody's name is another's id.
  const name = (await ask("GET", "/users/ada")).json().id;
  expect((await ask("POST", "/users", { name })).json()).toMatchObject({ code: "REQUEST_INVALID" });
  const first = (await ask("GET", "/users?limit=2")).json();
  expect(first).toMatchObject({ total: 4, items: [{ name: "ada" }, { name: "ben" }] });
  const second = (await ask("GET", `/users?limit=2&cursor=${first.next}`)).json();
  expect(second.items).toMatchObject([{ name: "cy_a-b" }, { name: "root-admin" }]);
  expect(second).not.toHaveProperty("next");
  const search = async (text: string) =>
    (await ask("GET", `/users?search=${encodeURIComponent(text)}`)).json().total;
  expect(await search("Ben")).toBe(1);
  expect(await search("%")).toBe(0);
  expect(await search("_")).toBe(1);

  const changed = await ask("PATCH", "/users/ben", {
    unixUser: "ben",
    email: null,
    grants: [{ role: "operator", cluster: "demo" }],
  });
  expect(changed.json()).toMatchObject({
    unixUser: "ben",
    grants: [{ role: "operator", cluster: "demo", account: "*" }],
  });
  expect(changed.json()).not.toHaveProperty("email");
  expect((await ask("PATCH", "/users/ben", { unixUser: "root" })).json()).toMatchObject({
    code: "UNIX_USER_REFUSED",
  });
  expect((await ask("DELETE", "/users/ben")).statusCode).toBe(204);
  expect((await ask("GET", "/users/ben")).json()).toMatchObject({ code: "USER_NOT_FOUND" });
});

test("groups give what they have to their members, from the next request on", async () => {
  await using site = await world();
  const ask = asker(site, await site.administrator());
  const ada = await site.user({ name: "ada" });
  const me = async () =>
    (await site.ask({ method: "GET", url: "/api/v1/session", as: ada })).json();
  expect(await me()).toMatchObject({ grants: [], groups: [] });
  await ask("POST", "/groups", { name: "simulation", grants: [{ role: "user", cluster: "demo" }] });
  await ask("PATCH", "/groups/simulation", { members: ["ada"] });
  expect(await me()).toMatchObject({
    grants: [{ role: "user", cluster: "demo", account: "*" }],
    groups: ["simulation"],
  });
  expect((await ask("PATCH", "/groups/simulation", { members: ["nobody"] })).json()).toMatchObject({
    code: "USER_NOT_FOUND",
  });
  expect((await ask("GET", "/groups")).json().items[0].members).toEqual(["ada"]);
  expect((await ask("POST", "/groups", { name: "simulation" })).json()).toMatchObject({
    code: "GROUP_EXISTS",
  });
  await ask("DELETE", "/groups/simulation");
  expect(await me()).toMatchObject({ grants: [], groups: [] });
});

test("who is no administrator of the site sees no users", async () => {
  await using site = await world();
  await site.administrator();
  const grants = [
    { role: "administrator", cluster: "demo", account: "*" },
    { role: "operator", ...ALL },
  ];
  const ask = asker(site, await site.user({ name: "ada", grants }));
  for (const [method, url] of [
    ["GET", "/users"],
    ["GET", "/groups"],
    ["GET", "/audit"],
    ["DELETE", "/users/root-admin"],
    ["POST", "/users/root-admin/link"],
  ] as const) {
    expect((await ask(method, url)).json()).toMatchObject({ status: 403, code: "NOT_ALLOWED" });
  }
});

test("the last administrator stays, also when two go at the same moment", async () => {
  await using site = await world();
  const ask = asker(site, await site.administrator());
  const refused = { status: 409, code: "LAST_ADMINISTRATOR" };
  expect((await ask("PATCH", "/users/root-admin", { disabled: true })).json()).toMatchObject(
    refused,
  );
  expect((await ask("PATCH", "/users/root-admin", { grants: [] })).json()).toMatchObject(refused);
  expect((await ask("DELETE", "/users/root-admin")).json()).toMatchObject(refused);

  await ask("POST", "/groups", { name: "admins", grants: [{ role: "administrator" }] });
  await site.user({ name: "ada", groups: ["admins"] });
  const both = await Promise.allSettled([
    site.identity.users.remove("root-admin"),
    site.identity.users.update("ada", { groups: [] }),
  ]);
  expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("a link for a password is used once, also by two at the same moment", async () => {
  await using site = await world();
  await site.administrator();
  const before = await site.user({ name: "ada" });
  const old = await site.identity.signIns.linkFor("ada");
  const { url } = await site.identity.signIns.linkFor("ada");
  expect(url).toMatch(/#\/reset\//);
  const use = (link: string, password: string) =>
    site.ask({
      method: "POST",
      url: "/api/v1/session/link",
      payload: { token: tokenOf(link), password },
    });
  expect((await use(old.url, PASSWORD)).json()).toMatchObject({ code: "LINK_INVALID" });
  const both = await Promise.all([
    use(url, "the first of two pass words"),
    use(url, "the second of two pass words"),
  ]);
  expect(both.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 404]);
  const [won, lost] = both[0]?.statusCode === 200 ? ["first", "second"] : ["second", "first"];
  await site.signIn("ada", `the ${won} of two pass words`);
  await expect(site.signIn("ada", `the ${lost} of two pass words`)).rejects.toThrow(
    "SIGN_IN_FAILED",
  );
  const former = await site.ask({ method: "GET", url: "/api/v1/session", as: before });
  expect(former.statusCode).toBe(401);
});

test("a password is hashed again when its cost rose", async () => {
  await using site = await world();
  await site.administrator();
  const hash = async () =>
    (await site.database.selectFrom("users").select("password_hash").executeTakeFirstOrThrow())
      .password_hash;
  const { createPasswords } = await import("./passwords.ts");
  const { random } = await import("./testing/world.ts");
  const cheap = await createPasswords(random, { ln: 2, r: 8, p: 1 }).hash(PASSWORD);
  await site.database.updateTable("users").set({ password_hash: cheap }).execute();
  await site.signIn("root-admin");
  expect(await hash()).toMatch(/^\$scrypt\$ln=4,r=8,p=1\$/);
  await site.signIn("root-admin");
});
