import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pinnedFetch, untrustedFingerprint } from "./pinned-fetch.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-pin-"));
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** With a certificate of its own making, for a name that nobody asks for. */
async function startServer(name: string) {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", key, "-out", cert, "-days", "2", "-subj", `/CN=${name}`],
    ],
    { stdio: "ignore" },
  );
  const seen: string[] = [];
  const pair = { key: readFileSync(key), cert: readFileSync(cert) };
  const server = createServer(pair, (request, response) => {
    seen.push(String(request.headers.authorization));
    response.end("hello");
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const { fingerprint256 } = new X509Certificate(pair.cert);
  return { origin: `https://127.0.0.1:${port}`, fingerprint: fingerprint256, seen };
}

let one: Awaited<ReturnType<typeof startServer>>;
let other: typeof one;
beforeAll(async () => {
  one = await startServer("one");
  other = await startServer("other");
});

test("the certificate that was accepted is taken, again and again", async () => {
  const ask = pinnedFetch(one.fingerprint);
  for (let time = 0; time < 3; time += 1) {
    expect(await (await ask(one.origin)).text()).toBe("hello");
  }
});

test("another is refused before anything is said", async () => {
  const ask = pinnedFetch(one.fingerprint);
  const asking = ask(other.origin, { headers: { authorization: "Bearer secret" } });
  await expect(asking).rejects.toMatchObject({ cause: { code: "SERVER_CERTIFICATE_CHANGED" } });
  expect(other.seen).toEqual([]);
});

test("what a server shows is seen without asking it anything", async () => {
  expect(await untrustedFingerprint(one.origin)).toBe(one.fingerprint);
  expect(await untrustedFingerprint("http://127.0.0.1:1")).toBeUndefined();
  await expect(untrustedFingerprint("https://127.0.0.1:1")).rejects.toMatchObject({
    code: "SERVER_UNREACHABLE",
  });
  expect(one.seen).not.toContain("secret");
});
