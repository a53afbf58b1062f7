import { randomBytes } from "node:crypto";
import { filesRoutes } from "@sluice/api";
import { expect, test } from "vitest";
import { ask, clientOf, type Person, siteOfServer } from "./site.ts";

const params = { cluster: "demo" };
const BASE = "/api/v1/clusters/demo/files";

const at = (route: string, query: Readonly<Record<string, string>>): string =>
  `${BASE}${route}?${new URLSearchParams(query)}`;
const read = (path: string, person: Person = "ada") => ask(at("/content", { path }), person);

test("a file goes to the home and comes back, and is the user's there", async () => {
  const { cluster } = siteOfServer();
  const path = "/home/ada/a file\nof mine";
  const written = await ask(at("/content", { path }), "ada", { method: "PUT", body: "content" });
  expect(written.status).toBe(200);
  const entry = await clientOf("ada").call(filesRoutes.getFile, { params, query: { path } });
  expect(entry).toMatchObject({ owner: "ada", size: 7, kind: "file" });
  expect(await cluster.ok("root", "stat -c %U /home/ada/a*mine")).toContain("ada");
  expect(await (await read(path)).text()).toBe("content");
  const list = await clientOf("ada").call(filesRoutes.listFiles, {
    params,
    query: { path: "/home/ada" },
  });
  expect(list.items.map(({ name }) => name)).toContain("a file\nof mine");
  await clientOf("ada").call(filesRoutes.removeFile, { params, query: { path } });
  expect((await read(path)).status).toBe(404);
});

test("what is another's, or elsewhere, is nobody else's", async () => {
  const { cluster } = siteOfServer();
  await cluster.ok("ada", "umask 077; echo secret > ~/secret; ln -sf /etc/passwd ~/passwd");
  const tries = [
    await read("/home/ada/secret", "ben"),
    await read("/home/ada/secret", "rita"),
    await read("/home/ada/passwd"),
    await read("/etc/passwd"),
    await read("/home/ada/../ben/x"),
    await read("/run/sluice"),
  ];
  for (const answer of tries) {
    const text = await answer.text();
    expect(answer.status, text).toBeGreaterThanOrEqual(400);
    expect(answer.status, text).toBeLessThan(500);
    expect(text).not.toMatch(/secret\n|root:/);
  }
  // Administrators may, by name, and that is kept.
  const path = "/home/ada/secret";
  const asAda = await ask(at("/content", { path, as: "ada" }), "admin");
  expect(await asAda.text()).toBe("secret\n");
  expect((await ask(at("/content", { path, as: "ada" }), "olga")).status).toBe(403);
  const asRoot = await ask(at("/content", { path: "/root/x", as: "root" }), "admin");
  expect(await asRoot.json()).toMatchObject({ code: "GATEWAY_USER_UNKNOWN" });
  const audit = (await (await ask("/api/v1/audit?limit=50", "admin")).json()) as unknown;
  expect(JSON.stringify(audit)).toContain("downloadFile");
  await cluster.ok("ada", "rm -f ~/secret ~/passwd");
});

test("an upload goes on after the user's worker was killed", async () => {
  const { cluster } = siteOfServer();
  const content = randomBytes(6_000_000);
  const path = "/home/ada/upload.bin";
  const tus = { "tus-resumable": "1.0.0" };
  const made = await ask(at("/uploads", { path }), "ada", {
    method: "POST",
    headers: { ...tus, "upload-length": String(content.length) },
  });
  expect(made.status).toBe(201);
  const location = made.headers.get("location") ?? "";
  const send = (from: number, to: number) =>
    ask(location, "ada", {
      method: "PATCH",
      headers: {
        ...tus,
        "content-type": "application/offset+octet-stream",
        "upload-offset": String(from),
      },
      body: content.subarray(from, to),
    });
  expect((await send(0, 2_000_000)).status).toBe(204);
  await cluster.ok("root", "pkill -KILL -u ada -f 'worker' || true");
  const head = await ask(location, "ada", { method: "HEAD", headers: tus });
  expect(head.headers.get("upload-offset")).toBe("2000000");
  expect((await send(2_000_000, content.length)).status).toBe(204);
  const back = Buffer.from(await (await read(path)).arrayBuffer());
  expect(back.equals(content)).toBe(true);
  expect(await cluster.ok("ada", "ls -A | grep -c sluice-upload || true")).toMatch(/^0/);
  await clientOf("ada").call(filesRoutes.removeFile, { params, query: { path } });
});
