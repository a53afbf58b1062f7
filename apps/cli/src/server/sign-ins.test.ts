import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { recordingHost } from "../testing/recording-host.ts";
import { sluice } from "../testing/sluice.ts";
import { readSignIns, serverOrigin, writeSignIns } from "./sign-ins.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-sign-ins-"));
const file = join(folder, "sluice", "servers.json");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function host() {
  const one = recordingHost();
  one.env.XDG_CONFIG_HOME = folder;
  return one;
}

test("are kept in a file that is the person's alone", async () => {
  const one = host();
  expect(await readSignIns(one)).toEqual({ servers: {} });
  const signIn = { user: "ada", token: "slu_x", tokenId: "1" };
  const all = { current: "https://a.example", servers: { "https://a.example": signIn } };
  await writeSignIns(one, all);
  expect(await readSignIns(one)).toEqual(all);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "sluice")).mode & 0o777).toBe(0o700);
  writeFileSync(file, "{");
  await expect(readSignIns(one)).rejects.toMatchObject({ code: "SIGN_INS_UNREADABLE" });
  rmSync(file);
});

test("a server is known by its origin", () => {
  expect(serverOrigin("sluice.example.com:8480/x?y")).toBe("https://sluice.example.com:8480");
  expect(serverOrigin("http://127.0.0.1:8480/")).toBe("http://127.0.0.1:8480");
  for (const text of ["ftp://x", "https://", ":"]) {
    expect(() => serverOrigin(text)).toThrow("no address of a server");
  }
});

test("verbs say where to sign in, and passwords go nowhere in clear", async () => {
  const run = sluice({ host: host() });
  expect((await run("token", "list")).error()).toMatchObject({ code: "NOT_SIGNED_IN" });
  expect((await run("users", "list", "--server", "a.example")).error()).toMatchObject({
    code: "NOT_SIGNED_IN",
    hint: "sign in with: sluice login --server https://a.example",
  });
  const clear = await run("login", "--server", "http://sluice.example.com", "--user", "ada");
  expect(clear.error()).toMatchObject({
    code: "USAGE",
    message: expect.stringMatching(/in clear/),
  });
  expect((await run("users", "add", "ada", "--grant", "king")).error()).toMatchObject({
    code: "USAGE",
  });
  expect((await run("login")).error().message).toMatch(/--server/);
});
