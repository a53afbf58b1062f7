import { afterAll, beforeAll, expect, test } from "vitest";
import { authenticationSchema, type LdapConfig } from "./config.ts";
import { authenticationProblems } from "./identity.ts";
import { createDirectory } from "./ldap.ts";
import { BASE, SERVICE, type Slapd, startSlapd } from "./testing/slapd.ts";
import { ORIGIN, world } from "./testing/world.ts";

const person = (uid: string, more = "") => `
dn: uid=${uid},ou=people,${BASE}
objectClass: inetOrgPerson
uid: ${uid}
cn: ${uid}
sn: ${uid}
displayName: ${uid} of Example
mail: ${uid}@example.com
userPassword: ${uid}-password-of-hers
${more}`;

const ENTRIES = `
${person("ada")}
${person("ben", "employeeType: root")}
${person("eve", "employeeType: ada")}
${person("root-admin")}
dn: cn=hpc,ou=groups,${BASE}
objectClass: groupOfNames
cn: hpc
member: uid=ada,ou=people,${BASE}

dn: cn=posix,ou=groups,${BASE}
objectClass: posixGroup
cn: posix
gidNumber: 5000
memberUid: ada

dn: cn=Grace Hopper,ou=people,${BASE}
objectClass: user
cn: Grace Hopper
sn: Hopper
sAMAccountName: GHopper
objectGUID:: AAECAwQFBgcICQoLDA0ODw==
memberOf: CN=HPC Users,OU=Groups,DC=example,DC=com
userPassword: grace-password-of-hers
`;

let slapd: Slapd;
beforeAll(async () => {
  slapd = await startSlapd(ENTRIES);
});
afterAll(async () => slapd[Symbol.asyncDispose]());

interface Changes {
  readonly Url?: string;
  readonly Users?: object;
  readonly [key: string]: unknown;
}

function corp(changes: Changes = {}): Record<string, unknown> {
  return {
    Name: "corp",
    Url: slapd.ldaps,
    CertificateAuthorityFile: slapd.certificateAuthority,
    BindDn: SERVICE.BindDn,
    PasswordFile: slapd.passwordFile,
    Groups: { Base: `ou=groups,${BASE}` },
    Rules: [
      { Group: "hpc", Grants: [{ Role: "user", Cluster: "demo" }], MemberOf: ["simulation"] },
      { Group: `CN=posix, ou=groups,${BASE}`, Grants: [{ Role: "operator" }] },
      { Group: "others", Grants: [{ Role: "administrator" }] },
    ],
    DefaultGrants: [{ Role: "read-only" }],
    ...changes,
    Users: { Base: `ou=people,${BASE}`, UnixUserAttribute: "uid", ...changes.Users },
  };
}

function directory(changes: Changes = {}) {
  const [config] = authenticationSchema.parse({ Ldap: [corp(changes)] }).Ldap;
  return createDirectory(config as LdapConfig, {});
}

test.each([
  ["ldaps", () => ({})],
  ["StartTLS", () => ({ Url: slapd.ldap, StartTls: true })],
])("people of a directory sign in over %s, with what its groups give", async (_, changes) => {
  await using site = await world({ config: { Ldap: [corp(changes())] } });
  await site.administrator();
  await site.identity.groups.create({ name: "simulation", description: "", grants: [] });
  const session = await site.signIn("Ada", "ada-password-of-hers");
  const me = (await site.ask({ method: "GET", url: "/api/v1/session", as: session })).json();
  expect(me).toMatchObject({
    name: "ada",
    displayName: "ada of Example",
    email: "ada@example.com",
    unixUser: "ada",
    groups: ["simulation"],
    hasPassword: false,
  });
  expect(me.grants).toHaveLength(3);
  expect(me.grants).toEqual(
    expect.arrayContaining([
      { role: "read-only", cluster: "*", account: "*" },
      { role: "user", cluster: "demo", account: "*" },
      { role: "operator", cluster: "*", account: "*" },
    ]),
  );
  await site.signIn("ada", "ada-password-of-hers");
  expect((await site.identity.users.list({ limit: 10 })).total).toBe(2);
});

test("a wrong password, no password and an unknown name get the same answer", async () => {
  await using site = await world({ config: { Ldap: [corp()] } });
  const answers = [];
  for (const [name, password] of [
    ["ada", "wrong"],
    ["nobody", "wrong"],
    ["a*", "ada-password-of-hers"],
  ]) {
    const payload = { name, password };
    const { statusCode, body } = await site.ask({
      method: "POST",
      url: "/api/v1/session",
      payload,
    });
    answers.push({ statusCode, body: body.replace(/urn:uuid:[^"]+|req-\w+/, "") });
  }
  expect(answers[0]?.statusCode).toBe(401);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(await directory().verify("ada", "")).toBeUndefined();
});

test.each(["*", "ada)(uid=*", "ada)(|(uid=*", "*)(uid=ada", "ada\\2a", "a\0da", "uid=ada", "ádá"])(
  "%j is a name and no part of a filter",
  async (name) => {
    expect(await directory().verify(name, "ada-password-of-hers")).toBeUndefined();
  },
);

test("root, and accounts of the system, are nobody's Unix user whatever the directory says", async () => {
  const config = { Ldap: [corp({ Users: { UnixUserAttribute: "employeeType" } })] };
  await using site = await world({ config });
  await site.signIn("ben", "ben-password-of-hers");
  expect(await site.identity.users.get("ben")).not.toHaveProperty("unixUser");
  await site.signIn("eve", "eve-password-of-hers");
  expect(await site.identity.users.get("eve")).toMatchObject({ unixUser: "ada" });
});

test("nobody gets another account by having its name in the directory", async () => {
  await using site = await world({ config: { Ldap: [corp()] } });
  await site.administrator();
  await expect(site.signIn("root-admin", "root-admin-password-of-hers")).rejects.toThrow(
    "SIGN_IN_FAILED",
  );
  const two = { ...corp(), Name: "second" };
  await using both = await world({ config: { Ldap: [corp(), two] } });
  await both.signIn("ada", "ada-password-of-hers");
  await both.database
    .updateTable("users")
    .set({ source: "second" })
    .where("name", "=", "ada")
    .execute();
  await expect(both.signIn("ada", "ada-password-of-hers")).rejects.toThrow("SIGN_IN_REFUSED");
});

test("Active Directory: sAMAccountName, objectGUID, memberOf", async () => {
  const found = await directory({ Kind: "active-directory", Groups: undefined }).verify(
    "ghopper",
    "grace-password-of-hers",
  );
  expect(found).toMatchObject({
    names: ["GHopper", "GHopper"],
    externalId: "000102030405060708090a0b0c0d0e0f",
  });
  expect(found?.isIn("cn=hpc users, ou=groups, dc=example, dc=com")).toBe(true);
  expect(found?.isIn("hpc users")).toBe(false);
  const again = await directory({ Kind: "active-directory", Groups: undefined }).look(
    "000102030405060708090a0b0c0d0e0f",
    "grace",
  );
  expect(again).toMatchObject({ names: ["GHopper", "GHopper"] });
  const other = directory({ Kind: "active-directory", Groups: undefined }).look(
    "ff".repeat(16),
    "x",
  );
  expect(await other).toBeUndefined();
});

test("a certificate of somebody else is refused, and so is clear text", async () => {
  const { CertificateAuthorityFile: _, ...without } = corp();
  const parse = (one: unknown) => authenticationSchema.parse({ Ldap: [one] });
  for (const Url of [slapd.ldaps, slapd.ldap]) {
    const config = parse({ ...without, Url, StartTls: Url === slapd.ldap });
    const [problem] = await authenticationProblems({ config, publicUrl: new URL(ORIGIN), env: {} });
    expect(problem?.code).toBe("DIRECTORY_UNREACHABLE");
    expect(problem?.message).toMatch(/self-signed certificate/);
  }
  const clear = { ...corp(), Url: "ldap://ldap.example.com" };
  expect(() => parse(clear)).toThrow("cross the network in clear");
  expect(() => parse({ ...corp(), PasswordFile: undefined })).toThrow(
    "PasswordFile or PasswordEnvironment",
  );
  const right = parse(corp());
  expect(
    await authenticationProblems({ config: right, publicUrl: new URL(ORIGIN), env: {} }),
  ).toEqual([]);
});

test("who is disabled here does not come in, and a session ends at once", async () => {
  await using site = await world({ config: { Ldap: [corp()] } });
  await site.administrator();
  const session = await site.signIn("ada", "ada-password-of-hers");
  await site.identity.users.update("ada", { disabled: true });
  const answer = await site.ask({ method: "GET", url: "/api/v1/session", as: session });
  expect(answer.statusCode).toBe(401);
  await expect(site.signIn("ada", "ada-password-of-hers")).rejects.toThrow("SIGN_IN_FAILED");
});

test("while the directory is away sessions go on, and signing in says so and counts no failure", async () => {
  await using own = await startSlapd(ENTRIES);
  const ldap = { Url: own.ldaps, CertificateAuthorityFile: own.certificateAuthority };
  await using site = await world({
    config: {
      Ldap: [corp({ ...ldap, PasswordFile: own.passwordFile })],
      Lockout: { FailuresOfName: 2 },
    },
  });
  const session = await site.signIn("ada", "ada-password-of-hers");
  const local = await site.administrator();
  await own.stop();
  const away = async () => {
    const payload = { name: "ada", password: "ada-password-of-hers" };
    return (await site.ask({ method: "POST", url: "/api/v1/session", payload })).json();
  };
  for (let time = 0; time < 4; time += 1) {
    const problem = await away();
    expect(problem).toMatchObject({ status: 503, code: "DIRECTORY_UNREACHABLE" });
    expect(JSON.stringify(problem)).not.toMatch(/127\.0\.0\.1|service/);
  }
  for (const as of [session, local]) {
    expect((await site.ask({ method: "GET", url: "/api/v1/session", as })).statusCode).toBe(200);
  }
  await site.signIn("root-admin");
});

test("who is gone from the directory is nobody, and is back when the directory has them again", async () => {
  await using own = await startSlapd(ENTRIES);
  const place = { Url: own.ldaps, CertificateAuthorityFile: own.certificateAuthority };
  const config = { Ldap: [corp({ ...place, PasswordFile: own.passwordFile })] };
  await using site = await world({ config });
  const session = await site.signIn("ada", "ada-password-of-hers");
  const other = await site.signIn("ben", "ben-password-of-hers");
  const statusOf = async (as: typeof session) =>
    (await site.ask({ method: "GET", url: "/api/v1/session", as })).statusCode;
  const problems: unknown[] = [];
  const pass = async () => {
    const stop = new AbortController();
    const { clock } = site;
    clock.sleep = async () => stop.abort();
    await site.identity.keepFresh(stop.signal, (error) => problems.push(error));
  };

  await pass();
  expect([await statusOf(session), await statusOf(other)]).toEqual([200, 200]);
  own.change(
    `dn: uid=ada,ou=people,${BASE}\nchangetype: modify\nreplace: uid\nuid: ada2\nuid: ada\n`,
  );
  own.change(`dn: cn=hpc,ou=groups,${BASE}\nchangetype: delete\n`);
  await pass();
  const me = (await site.ask({ method: "GET", url: "/api/v1/session", as: session })).json();
  expect(me.grants.map(({ role }: { role: string }) => role).toSorted()).toEqual([
    "operator",
    "read-only",
  ]);
  const move = (from: string, to: string, where: string) =>
    own.change(
      `dn: ${from},${BASE}\nchangetype: modrdn\nnewrdn: ${to}\ndeleteoldrdn: 1\nnewsuperior: ${where},${BASE}\n`,
    );
  // Whoever is called otherwise there is called so here, and is the same person.
  const { id } = await site.identity.users.get("ada");
  move("uid=ada,ou=people", "uid=countess", "ou=people");
  own.change(
    `dn: uid=countess,ou=people,${BASE}\nchangetype: modify\nreplace: uid\nuid: countess\n`,
  );
  await pass();
  expect(await site.identity.users.get("countess")).toMatchObject({ id, unixUser: "countess" });
  expect([await statusOf(session), await statusOf(other)]).toEqual([200, 200]);
  move("uid=countess,ou=people", "uid=countess", "ou=groups");
  await pass();
  expect([await statusOf(session), await statusOf(other)]).toEqual([401, 200]);
  move("uid=countess,ou=groups", "uid=countess", "ou=people");
  await pass();
  expect([await statusOf(session), await statusOf(other)]).toEqual([200, 200]);
  expect(problems).toEqual([]);
  await own.stop();
  await pass();
  expect(problems).toMatchObject([{ code: "DIRECTORY_UNREACHABLE" }]);
  expect([await statusOf(session), await statusOf(other)]).toEqual([200, 200]);
});
