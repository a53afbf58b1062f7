import { expect, test } from "vitest";
import { PASSWORD, tokenOf, type World, world } from "./testing/world.ts";

const attempt = (site: World, name: string, password = "wrong", from = "192.0.2.1") =>
  site.ask({ method: "POST", url: "/api/v1/session", payload: { name, password }, from });
const codesOf = (answers: readonly { json(): { code?: string } }[]) =>
  answers.map((answer) => answer.json().code ?? "in");

test("past a few failures each doubles the wait, and the right password opens it again", async () => {
  await using site = await world({ config: { Lockout: { FailuresOfName: 3, SecondsAtMost: 6 } } });
  await site.administrator();
  for (let time = 0; time < 3; time += 1) {
    expect((await attempt(site, "root-admin")).json()).toMatchObject({ code: "SIGN_IN_FAILED" });
  }
  for (const seconds of [1, 2, 4, 6, 6]) {
    site.clock.move(seconds * 1000 - 1);
    const early = await attempt(site, "root-admin", PASSWORD);
    expect(early.json()).toMatchObject({ status: 429, code: "SIGN_IN_LOCKED" });
    site.clock.move(1);
    expect((await attempt(site, "root-admin")).json()).toMatchObject({ code: "SIGN_IN_FAILED" });
  }
  site.clock.move(6000);
  await site.signIn("root-admin");
  for (let time = 0; time < 2; time += 1) await attempt(site, "root-admin");
  await site.signIn("root-admin");
});

test("many guesses at once are all counted: no more than allowed are looked at", async () => {
  await using site = await world({ config: { Lockout: { FailuresOfName: 3 } } });
  await site.administrator();
  const guesses = Array.from({ length: 20 }, (_, index) =>
    attempt(site, "root-admin", index === 19 ? PASSWORD : `guess ${index}`, `192.0.2.${index}`),
  );
  const codes = codesOf(await Promise.all(guesses));
  const looked = codes.filter((code) => code !== "SIGN_IN_LOCKED");
  expect(looked.length).toBeLessThanOrEqual(4);
  expect(looked.length).toBeGreaterThanOrEqual(1);
});

test("many that sign in at once, rightly and wrongly, do not get in each other's way", async () => {
  await using site = await world({
    config: { Lockout: { FailuresOfName: 100, FailuresOfAddress: 100 } },
  });
  await site.administrator();
  const tries = Array.from({ length: 24 }, (_, index) =>
    index % 3 === 0 ? attempt(site, "root-admin", PASSWORD) : attempt(site, `nobody-${index}`),
  );
  const codes = codesOf(await Promise.all(tries));
  expect(new Set(codes)).toEqual(new Set(["in", "SIGN_IN_FAILED"]));
});

test("names that nobody has are slowed down and answered like others", async () => {
  await using site = await world({ config: { Lockout: { FailuresOfName: 2 } } });
  await site.administrator();
  await site.user({ name: "gone" });
  await site.identity.users.update("gone", { disabled: true });
  await site.identity.users.create({ name: "invited", grants: [], groups: [] });
  const course = async (name: string, password: string) => {
    const before = site.clock.slept;
    const answers = [];
    for (let time = 0; time < 3; time += 1) {
      const { statusCode, body } = await attempt(site, name, password, `192.0.2.${time}`);
      answers.push([statusCode, body.replace(/urn:uuid:[^"]+/, "")]);
    }
    return { answers, slept: site.clock.slept - before };
  };
  const known = await course("root-admin", "wrong");
  expect(await course("nobody", "wrong")).toEqual(known);
  expect(await course("gone", PASSWORD)).toEqual(known);
  expect(await course("invited", PASSWORD)).toEqual(known);
  expect(known.slept).toBe(1000);
});

test("an address that tries many names is slowed down, and others are not", async () => {
  await using site = await world({ config: { Lockout: { FailuresOfAddress: 4 } } });
  await site.administrator();
  for (let time = 0; time < 4; time += 1) await attempt(site, `name${time}`);
  expect((await attempt(site, "root-admin", PASSWORD)).json()).toMatchObject({
    code: "SIGN_IN_LOCKED",
  });
  expect((await attempt(site, "root-admin", PASSWORD, "192.0.2.99")).statusCode).toBe(200);
});

test("a link of an administrator's lets a locked name in", async () => {
  await using site = await world({ config: { Lockout: { FailuresOfName: 1 } } });
  await site.administrator();
  await site.user({ name: "ada" });
  await attempt(site, "ada");
  expect((await attempt(site, "ada", PASSWORD)).json()).toMatchObject({ code: "SIGN_IN_LOCKED" });
  const { url } = await site.identity.signIns.linkFor("ada");
  const payload = { token: tokenOf(url), password: "a new and longer password" };
  const answer = await site.ask({ method: "POST", url: "/api/v1/session/link", payload });
  expect(answer.statusCode).toBe(200);
  await site.signIn("ada", "a new and longer password");
});

test("failures are written down without what was typed", async () => {
  await using site = await world();
  await attempt(site, "my password by mistake");
  const rows = await site.database.selectFrom("sign_in_failures").selectAll().execute();
  expect(JSON.stringify(rows)).not.toContain("mistake");
});
