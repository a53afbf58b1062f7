import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ImportKeyPairCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  PLAIN,
  requestFor,
  startTrial,
  type Trial,
  watching,
} from "./infrastructure/deploy/testing/trial.ts";

const user = userInfo().username;
const path = process.env.PATH;
const { isTTY } = process.stdin;

let trial: Trial;
let folder: string;
beforeAll(async () => {
  process.stdin.isTTY = true;
  trial = await startTrial();
  folder = await mkdtemp(join(tmpdir(), "sluice-attach-"));
  const PublicKeyMaterial = new TextEncoder().encode("ssh-ed25519 AAAA");
  await trial.region.call(ImportKeyPairCommand, { KeyName: "operators", PublicKeyMaterial });
  const { infrastructure } = trial.cloud;
  await infrastructure.apply(requestFor("keyless"), watching());
  const keyed = PLAIN.replace(
    "{InstanceType: m7i.large}",
    "{InstanceType: m7i.large, Ssh: {KeyName: operators}}",
  );
  await infrastructure.apply(requestFor("keyed", keyed), watching());
});
afterAll(async () => {
  process.env.PATH = path;
  process.stdin.isTTY = isTTY;
  await rm(folder, { recursive: true, force: true });
  await trial[Symbol.asyncDispose]();
});

/** Programs that write down what they are called with and end with 7. */
async function withPrograms(...names: readonly string[]): Promise<void> {
  const script = `#!/bin/sh\nfor word in "$@"; do printf '%s\\0' "$word"; done >"${folder}/words"\nexit 7\n`;
  for (const name of names) {
    await writeFile(join(folder, name), script);
    await chmod(join(folder, name), 0o755);
  }
  process.env.PATH = folder;
}

const words = async (): Promise<readonly string[]> =>
  (await readFile(join(folder, "words"), "utf8")).split("\0").slice(0, -1);

describe("a terminal on the head", () => {
  it("names the program that is missing", async () => {
    process.env.PATH = folder;
    await expect(
      trial.cloud.shell.attach("keyless", { argv: ["bash"], user }),
    ).rejects.toMatchObject({
      code: "SHELL_TOOL_MISSING",
      hint: expect.stringContaining("Session Manager plugin"),
    });
  });

  it("is a session of Systems Manager, whose command keeps its words", async () => {
    await withPrograms("aws");
    const request = { argv: ["printf", "%s|", "a'b", "$(id)", "{{ssm:x}}"], user };
    expect(await trial.cloud.shell.attach("keyless", request)).toBe(7);
    const said = await words();
    expect(said.slice(0, 3)).toEqual(["ssm", "start-session", "--region"]);
    const { command } = JSON.parse(said.at(-1) ?? "") as { command: readonly string[] };
    const line = (command[0] ?? "").replace(/^sudo /, "");
    expect(line).not.toContain("{{");
    const { stdout } = await promisify(execFile)("/bin/sh", ["-c", line], { env: { PATH: path } });
    expect(stdout).toBe("a'b|$(id)|{{ssm:x}}|");
  });

  it("goes by SSH where the cluster has a key and the head an address", async () => {
    await withPrograms("ssh");
    expect(await trial.cloud.shell.attach("keyed", { argv: ["bash"], user })).toBe(7);
    const [address, ...rest] = (await words()).filter((word) => word !== "-t");
    expect(address).toMatch(/^admin@\d+\.\d+\.\d+\.\d+$/);
    expect(rest[0]).toBe("--");
    expect(rest[1]).toMatch(/^sudo \/bin\/sh -c /);
  });
});
