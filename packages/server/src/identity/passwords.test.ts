import { randomBytes, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { checkNewPassword, createPasswords } from "./passwords.ts";
import { unixUserOf } from "./unix-user.ts";

const random = { bytes: (count: number) => randomBytes(count), id: () => randomUUID() };

test("a hash has its cost in it, and is checked by that", async () => {
  const today = await createPasswords(random).hash("correct horse battery staple");
  expect(today).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[\w+/]{22}\$[\w+/]{43}$/);
  const passwords = createPasswords(random, { ln: 4, r: 8, p: 1 });
  const hash = await passwords.hash("correct horse battery staple");
  expect(await passwords.check("correct horse battery staple", hash)).toBe("right");
  expect(await passwords.check("correct horse battery stable", hash)).toBe("wrong");
  const dearer = createPasswords(random, { ln: 4, r: 8, p: 2 });
  expect(await dearer.check("correct horse battery staple", hash)).toBe("stale");
  expect(await passwords.hash("correct horse battery staple")).not.toBe(hash);
});

test("nobody's password is never right, and what looks the same is the same", async () => {
  const passwords = createPasswords(random, { ln: 4, r: 8, p: 1 });
  expect(await passwords.check("", undefined)).toBe("wrong");
  expect(await passwords.check("x", "$scrypt$broken")).toBe("wrong");
  const hash = await passwords.hash("Zu\u0308rich und Umgebung");
  expect(await passwords.check("Z\u00fcrich und Umgebung", hash)).toBe("right");
});

test("more sign-ins than can wait are sent away, and the others are looked at", async () => {
  const passwords = createPasswords(random, { ln: 10, r: 8, p: 1 });
  const flood = Array.from({ length: 400 }, () => passwords.check("x", undefined));
  const results = await Promise.allSettled(flood);
  const away = results.filter(({ status }) => status === "rejected");
  expect(away).toHaveLength(198);
  expect(away[0]).toMatchObject({ reason: { code: "SIGN_IN_BUSY" } });
  expect(await passwords.check("x", undefined)).toBe("wrong");
});

test.each(["short", "aaaaaaaaaaaaaaaa", "my name is ada-lovelace", "12341234123412"])(
  "%j is refused as a new password",
  (password) => {
    expect(() => checkNewPassword(password, "ada-lovelace")).toThrow("the password");
  },
);

test("a name of a Unix user is a person's", () => {
  for (const name of ["ada", "_x", "ada.l", "a-b_c9"]) {
    expect(unixUserOf(name)).toBe(name.startsWith("_") ? undefined : name);
  }
  const bad = [
    "root",
    "slurm",
    "nobody",
    "",
    "0",
    "1000",
    "-ada",
    "Ada",
    "a b",
    "a\n",
    "a/b",
    "$x",
  ];
  for (const name of bad) expect(unixUserOf(name)).toBeUndefined();
  expect(unixUserOf("a".repeat(33))).toBeUndefined();
});
