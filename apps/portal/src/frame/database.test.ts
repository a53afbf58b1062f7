import { expect, it } from "vitest";
import { createDatabaseWatch } from "./database.ts";

function over(answers: readonly (readonly [status: number, body: string])[]) {
  const rest = [...answers];
  const asked: unknown[] = [];
  const watch = createDatabaseWatch(async (input) => {
    asked.push(input);
    const [status, body] = rest.shift() ?? [200, "{}"];
    return new Response(body, { status });
  });
  const told: boolean[] = [];
  watch.subscribe(() => told.push(watch.isUp));
  return { watch, told, asked };
}

const AWAY = [503, '{"code":"DATABASE_UNREACHABLE"}'] as const;

it("is away when the server says so, and back when the server is ready", async () => {
  const { watch, told, asked } = over([
    [503, '{"code":"HEAD_UNREACHABLE"}'],
    AWAY,
    // Much is answered without it.
    [200, "{}"],
    [503, '{"database":"away"}'],
    [503, '{"status":"stopping","database":"ok"}'],
  ]);
  for (let count = 0; count < 3; count += 1) await watch.fetch("/api");
  expect(told).toEqual([false]);
  await watch.probe();
  expect(told).toEqual([false]);
  await watch.probe();
  expect(told).toEqual([false, true]);
  expect(asked.at(-1)).toBe("/health/ready");
});

it("leaves the answer to who asked, and reads nothing into one that is no document", async () => {
  const { watch, told } = over([AWAY, [503, "<html>"], [200, "not ready"]]);
  expect(await (await watch.fetch("/api")).json()).toEqual({ code: "DATABASE_UNREACHABLE" });
  await watch.fetch("/api");
  await watch.probe();
  expect(told).toEqual([false]);
});
