import { execFile } from "node:child_process";
import { userInfo } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  requestFor,
  startTrial,
  type Trial,
  watching,
} from "./infrastructure/deploy/testing/trial.ts";

const user = userInfo().username;

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
  // Commands for the head run here: the head has the same shell.
  trial.heads.onExec = (_, script) =>
    new Promise((resolve) => {
      execFile("/bin/sh", ["-c", script], { maxBuffer: 1e8 }, (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : Number(error.code ?? 1);
        resolve({ exitCode, stdout, stderr });
      });
    });
  await trial.cloud.infrastructure.apply(requestFor("demo"), watching());
});
afterAll(() => trial[Symbol.asyncDispose]());

const exec = (...argv: readonly string[]) => trial.cloud.shell.exec("demo", { argv, user });

describe("commands on the head", () => {
  it("are known to show nothing before they end", () => {
    expect(trial.cloud.shell.isOneShot).toBe(true);
  });

  it("come back with what they said and how they ended", async () => {
    expect(await exec("sh", "-c", "echo out; echo err >&2; exit 3")).toEqual({
      exitCode: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  it("take every argument as it is", async () => {
    const words = ["$(id)", "`id`", "a'b\"c", "{{ssm:secret}}", "two\nlines", "", "*", "é"];
    const { stdout } = await exec("printf", "%s|", ...words);
    expect(stdout).toBe(`${words.join("|")}|`);
  });

  it("run in the user's home or where it is asked for, with that environment alone", async () => {
    expect((await exec("pwd")).stdout.trim()).toBe(userInfo().homedir);
    const { stdout } = await trial.cloud.shell.exec("demo", {
      argv: ["sh", "-c", "pwd; echo $GIVEN $VITEST $USER"],
      user,
      cwd: "/usr",
      env: { GIVEN: "a value" },
    });
    expect(stdout).toBe(`/usr\na value ${user}\n`);
  });

  it("say more than Systems Manager shows at once", async () => {
    const { stdout, stderr } = await exec(
      "sh",
      "-c",
      "head -c 100000 /dev/urandom | od -An -tx1 | tr -d ' \\n'; echo end >&2",
    );
    expect(stdout).toHaveLength(200_000);
    expect(stderr).toBe("end\n");
  });

  it("are refused for users whom the head does not have", async () => {
    const request = { argv: ["true"], user: "nobody-of-that-name" };
    expect(await trial.cloud.shell.exec("demo", request)).toMatchObject({
      exitCode: 126,
      stderr: "sluice: the head has no user nobody-of-that-name\n",
    });
  });

  it("fail in a sentence when Systems Manager has no way to the head", async () => {
    trial.region.faults.fail.set("ssm:SendCommand", {
      code: "InvalidInstanceId",
      message: "Instances not in a valid state",
      times: 1,
    });
    await expect(exec("true")).rejects.toMatchObject({ code: "HEAD_UNREACHABLE" });
  });

  it("need a cluster", async () => {
    await expect(trial.cloud.shell.exec("nothing", { argv: ["true"], user })).rejects.toMatchObject(
      { code: "CLUSTER_NOT_FOUND" },
    );
  });
});
