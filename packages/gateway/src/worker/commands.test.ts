import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startTestWorker, type TestWorker, WORKER_UID } from "../testing/worker.ts";

/** Says what it was given, as sbatch would be. */
const SBATCH = `#!/bin/sh
{
  for word in "$@"; do printf '<%s>' "$word"; done; echo
  pwd; env | sort
  echo ---; cat
} > "$HOME/asked"
case "$*" in
  *--partition=none*) echo "sbatch: error: invalid partition specified: none" >&2; exit 1 ;;
  *--partition=away*) echo "sbatch: error: Unable to contact slurm controller (connect failure)" >&2; exit 1 ;;
esac
echo "4711;demo"
`;
const SCONTROL = `#!/bin/sh
case "$1" in
  much) exec yes ;;
  slow) echo $$ > "$HOME/pid"; sleep 1000 & wait ;;
  cat) cat ;;
  bytes) printf 'a\\377b' ;;
  *) printf '<%s>' "$@"; echo "$TZ" >&2; exit 3 ;;
esac
`;

// Each starts processes, which take their time on a machine that is busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let worker: TestWorker;
let programs: string;
const failing = (code: string) => expect.objectContaining({ code });

beforeAll(async () => {
  programs = mkdtempSync(join(tmpdir(), "sluice-programs-"));
  chmodSync(programs, 0o755);
  for (const [name, script] of [
    ["sbatch", SBATCH],
    ["scontrol", SCONTROL],
  ] as const) {
    writeFileSync(join(programs, name), script, { mode: 0o755 });
  }
  worker = await startTestWorker({ programs });
});
afterAll(async () => {
  await worker[Symbol.asyncDispose]();
  rmSync(programs, { recursive: true });
});

const asked = async () => {
  const { content } = await worker.user.read(join(worker.home, "asked"));
  return (await content.toArray()).join("");
};
const job = (more = {}) => ({
  script: "#!/bin/sh\necho hello\n",
  options: ["--partition=burst"],
  workingDirectory: worker.home,
  ...more,
});

describe("sbatch", () => {
  test("is tried without submitting, and what Slurm refuses is told", async () => {
    const tried = await worker.user.trySbatch(job());
    expect(tried.exitCode).toBe(0);
    const text = await asked();
    expect(text).toContain("<--test-only><--partition=burst>\n");
    expect(text).toContain("TZ=UTC\n");
    expect(await worker.user.trySbatch(job({ options: ["--partition=none"] }))).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("invalid partition"),
    });
    await expect(worker.user.trySbatch(job({ options: ["--partition=away"] }))).rejects.toThrow(
      failing("SLURM_UNREACHABLE"),
    );
  });

  test("gets words as they are, the script, and the environment of a login", async () => {
    const hostile = "--comment=$(id); `id`\n#SBATCH --uid=0 'x'";
    const answer = await worker.user.sbatch(
      job({ options: ["--exclusive", hostile], environment: { INPUT: "a b" } }),
    );
    expect(answer).toEqual({ jobId: 4711, cluster: "demo" });
    const text = await asked();
    expect(text).toContain(`<--parsable><--exclusive><${hostile}>\n${worker.home}\n`);
    expect(text).toContain("---\n#!/bin/sh\necho hello\n");
    expect(text).toContain("INPUT=a b\n");
    expect(text).toContain(`HOME=${worker.home}\n`);
    expect(text).not.toContain("SECRET_OF_THE_GATEWAY");
  });

  test("gives a script its arguments", async () => {
    await worker.user.sbatch(job({ arguments: ["--uid=0", "a b", "$HOME"] }));
    expect(await asked()).toContain("<--partition=burst></dev/stdin><--uid=0><a b><$HOME>\n");
    expect(await asked()).toContain("echo hello");
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("sluice-script-"))).toEqual([]);
  });

  test.each([
    ...["--wrap=id", "--wra=id", "--uid=0", "--ui=0", "--gid=0", "--wait", "-pburst", "script.sh"],
    ...["--", "-", "", "--get-user-env", "--get=x", "--UID=0", "--par tition=x", "--test-only"],
    ...["--comment=a\0b"],
  ])("does not get %j", async (option) => {
    await expect(worker.user.sbatch(job({ options: [option] }))).rejects.toThrow(
      failing("SBATCH_OPTION_REFUSED"),
    );
  });

  test("runs in a folder of the user's only", async () => {
    await expect(worker.user.sbatch(job({ workingDirectory: "/etc" }))).rejects.toThrow(
      failing("FILE_OUTSIDE"),
    );
    await expect(
      worker.user.sbatch(job({ workingDirectory: join(worker.home, "none") })),
    ).rejects.toThrow(failing("FILE_NOT_FOUND"));
  });

  test("Slurm's words are told", async () => {
    await expect(worker.user.sbatch(job({ options: ["--partition=none"] }))).rejects.toThrow(
      expect.objectContaining({
        code: "SLURM_REFUSED",
        message: expect.stringContaining("invalid partition specified: none"),
      }),
    );
    await expect(worker.user.sbatch(job({ options: ["--partition=away"] }))).rejects.toThrow(
      failing("SLURM_UNREACHABLE"),
    );
  });
});

describe("commands", () => {
  test("get their words, and their end is told", async () => {
    const words = ["show", "job", "$(id)", "a b\nc"];
    expect(await worker.user.command(["scontrol", ...words])).toEqual({
      exitCode: 3,
      stdout: words.map((word) => `<${word}>`).join(""),
      stderr: "UTC\n",
    });
  });

  test("give and take bytes that are not UTF-8", async () => {
    const { stdout } = await worker.user.command(["scontrol", "bytes"]);
    expect(stdout).toBe("a\u{10feff}b");
    const back = await worker.user.command(["scontrol", "cat"], { input: stdout });
    expect(back.stdout).toBe(stdout);
  });

  test.each([["sh"], ["/usr/bin/scontrol"], ["../scontrol"], ["sbatch"], [""]])(
    "%j is none of them",
    async (name) => {
      await expect(worker.user.command([name, "x"])).rejects.toThrow(
        failing("COMMAND_NOT_ALLOWED"),
      );
    },
  );

  test("that are not there are told", async () => {
    await using bare = await startTestWorker({ programs, isBare: true });
    await expect(bare.user.command(["sstat"])).rejects.toThrow(failing("COMMAND_NOT_FOUND"));
  });

  test("without an end are ended: by their output, and with whoever asked", async () => {
    await expect(worker.user.command(["scontrol", "much"])).rejects.toThrow(
      failing("COMMAND_OUTPUT_TOO_LARGE"),
    );
    const stop = new AbortController();
    const slow = worker.user.command(["scontrol", "slow"], { signal: stop.signal });
    slow.catch(() => undefined);
    await expect.poll(() => readdirSync(worker.home), { timeout: 20_000 }).toContain("pid");
    const { content } = await worker.user.read(join(worker.home, "pid"));
    const pid = Number((await content.toArray()).join(""));
    stop.abort();
    await expect(slow).rejects.toThrow();
    await expect
      .poll(() => readdirSync("/proc").includes(String(pid)), { timeout: 20_000 })
      .toBe(false);
  });
});

describe("programs", () => {
  const limits = { timeoutMs: 20_000, mostOutput: 1000 };

  test("are run as the user, by words as they are, with a login's environment", async () => {
    const script = `id -u; printf '<%s>' "$@"; env | sort; exit 4`;
    const answer = await worker.user.program(
      ["/bin/sh", "-c", script, "sh", "$(id)", "a b"],
      limits,
    );
    expect(answer).toMatchObject({ exitCode: 4, stderr: "" });
    expect(answer.stdout).toContain(`${WORKER_UID}\n<$(id)><a b>`);
    expect(answer.stdout).toContain(`HOME=${worker.home}\n`);
    expect(answer.stdout).not.toContain("SECRET_OF_THE_GATEWAY");
  });

  test("have an absolute path, and words that a program can be given", async () => {
    for (const argv of [["sh"], ["./sh"], [""], ["/bin/echo", "a\0b"]]) {
      await expect(worker.user.program(argv, limits)).rejects.toThrow(
        failing("COMMAND_NOT_ALLOWED"),
      );
    }
    const long = Array.from({ length: 100 }, () => "x".repeat(100_000));
    await expect(worker.user.program(["/bin/echo", ...long], limits)).rejects.toThrow(
      failing("COMMAND_NOT_ALLOWED"),
    );
    await expect(worker.user.program(["/bin/no-such"], limits)).rejects.toThrow(
      failing("COMMAND_NOT_FOUND"),
    );
  });

  test("are ended by their time and by their output", async () => {
    const slow = worker.user.program(["/bin/sleep", "1000"], { ...limits, timeoutMs: 100 });
    await expect(slow).rejects.toThrow(failing("COMMAND_TIMEOUT"));
    await expect(worker.user.program(["/usr/bin/yes"], limits)).rejects.toThrow(
      failing("COMMAND_OUTPUT_TOO_LARGE"),
    );
  });
});
