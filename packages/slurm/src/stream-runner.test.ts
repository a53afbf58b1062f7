import { expect, it } from "vitest";
import { runStreaming } from "./stream-runner.ts";

const WAIT = { timeoutMs: 10_000 };
const nothing = async (): Promise<void> => {};

it("gives what is printed as it comes, and no piece before the last was taken", async () => {
  let text = "";
  let isTaking = false;
  const result = await runStreaming(["sh", "-c", "seq 1 200000; echo oops >&2; exit 3"], {
    ...WAIT,
    onText: async (more) => {
      expect(isTaking).toBe(false);
      isTaking = true;
      await new Promise((resolve) => setImmediate(resolve));
      isTaking = false;
      text += more;
    },
  });
  expect(text.trimEnd().split("\n")).toHaveLength(200_000);
  expect(result).toEqual({ exitCode: 3, stdout: "", stderr: "oops\n" });
});

it("keeps letters whole that lie across two pieces", async () => {
  let text = "";
  const argv = ["sh", "-c", "printf '\\303'; sleep 0.05; printf '\\274'"];
  await runStreaming(argv, {
    ...WAIT,
    onText: async (more) => {
      text += more;
    },
  });
  expect(text).toBe("ü");
});

it("says of what can't be started, is killed or takes too long that there was no answer", async () => {
  const missing = await runStreaming(["no-such-command"], { ...WAIT, onText: nothing });
  expect(missing).toMatchObject({ exitCode: -1, stderr: expect.stringContaining("ENOENT") });
  const killed = await runStreaming(["sh", "-c", "kill -9 $$"], { ...WAIT, onText: nothing });
  expect(killed.exitCode).toBe(-1);
  const late = await runStreaming(["sleep", "60"], { timeoutMs: 50, onText: nothing });
  expect(late).toMatchObject({ exitCode: -1, stderr: "no answer within 50 ms" });
});

it("rejects with the signal's reason, and with what its taker throws, and leaves no process", async () => {
  const stop = new AbortController();
  const asked = runStreaming(["sh", "-c", "echo $$; exec sleep 60"], {
    ...WAIT,
    signal: stop.signal,
    onText: async (pid) => stop.abort(new Error(`enough of ${pid.trim()}`)),
  });
  const [pid = ""] = await asked.then(
    () => [],
    (error: Error) => /\d+/.exec(error.message) ?? [],
  );
  expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
  const thrown = runStreaming(["sh", "-c", "echo $$; exec sleep 60"], {
    ...WAIT,
    onText: async () => {
      throw new Error("no room");
    },
  });
  await expect(thrown).rejects.toThrow("no room");
});
