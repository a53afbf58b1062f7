import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { clientFor } from "../server-session.ts";
import { codeByBrowser } from "./loopback.ts";

const server = clientFor("https://sluice.example.com", {});

/** What the browser is led to, and what the server was told about this process. */
function begin(signal: AbortSignal) {
  const shown = Promise.withResolvers<URL>();
  const code = codeByBrowser({
    server,
    provider: "site",
    signal,
    show: (url) => shown.resolve(new URL(url)),
  });
  return { code, shown: shown.promise };
}

test("takes the code that comes with its own state, and shows the server its challenge only", async () => {
  const { code, shown } = begin(new AbortController().signal);
  const url = await shown;
  expect(`${url.origin}${url.pathname}`).toBe(
    "https://sluice.example.com/api/v1/session/oidc/site",
  );
  const { port = "", challenge, state = "" } = Object.fromEntries(url.searchParams);
  const back = (query: string) => fetch(`http://127.0.0.1:${port}/?${query}`);
  expect((await back("code=stolen&state=other")).status).toBe(404);
  expect((await back("")).status).toBe(404);
  expect((await back(`code=ours&state=${state}`)).status).toBe(200);
  const { verifier, ...rest } = await code;
  expect(rest).toEqual({ code: "ours" });
  expect(createHash("sha256").update(verifier).digest("base64url")).toBe(challenge);
  await expect(back(`code=late&state=${state}`)).rejects.toThrow("fetch failed");
});

test("ends when it is called off", async () => {
  const stop = new AbortController();
  const { code, shown } = begin(stop.signal);
  await shown;
  stop.abort();
  await expect(code).rejects.toMatchObject({ code: "OIDC_REFUSED" });
});
