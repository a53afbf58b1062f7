import { expect, test } from "vitest";
import { execRunner } from "./exec-runner.ts";

const node = (script: string) => [process.execPath, "-e", script];

test("arguments, environment, output and exit code pass as they are", async () => {
  const run = execRunner({ env: { TZ: "UTC" } });
  const script =
    "console.log(process.argv[1], process.env.TZ); console.error('no'); process.exit(3)";
  expect(await run([...node(script), "$(id) 'a' \n;"])).toEqual({
    exitCode: 3,
    stdout: "$(id) 'a' \n; UTC\n",
    stderr: "no\n",
  });
});

test("a command that is missing or late ends with -1", async () => {
  const run = execRunner();
  expect(await run(["/nonexistent/scontrol"])).toMatchObject({ exitCode: -1 });
  const late = await run(node("setInterval(() => {}, 1000)"), { timeoutMs: 50 });
  expect(late.exitCode).toBe(-1);
});

test("an abort rejects with its reason", async () => {
  const signal = AbortSignal.abort(new Error("stop"));
  await expect(execRunner()(node(""), { signal })).rejects.toThrow("stop");
});
