import { existsSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import { PASSWORD, serverSite, siteOfServer } from "../site.ts";
import { MARKER } from "./hostile.ts";
import { SECRET } from "./verdict.ts";
import { send } from "./wire.ts";

/** No shell ran anything, all is in service, and the log has neither a secret nor a fault. */
export async function expectUnharmed(): Promise<void> {
  const { tokens, logFile } = serverSite();
  const made = `ls ${MARKER}* 2>/dev/null || true`;
  expect(await siteOfServer().cluster.ok("root", made)).toBe("");
  expect(existsSync(MARKER)).toBe(false);
  const ready = await send({ path: "/health/ready" });
  expect(JSON.parse(ready.body)).toMatchObject({ status: "ready", database: "ok", clusters: "ok" });
  expect((await send({ path: "/slurm/v0.0.42/ping/", person: "ada" })).status).toBe(200);
  const lines = readFileSync(logFile, "utf8").split("\n");
  for (const secret of [PASSWORD, SECRET, ...Object.values(tokens)]) {
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  }
  const isFault = (line: string) => /"code":"UNEXPECTED"|Promise errored/.test(line);
  expect(lines.filter(isFault)).toEqual([]);
}
