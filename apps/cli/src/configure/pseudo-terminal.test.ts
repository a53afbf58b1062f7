import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const ENTER = "\r";
const DOWN = "\x1b[B";
const CURSOR_SHOWN = "\x1b[?25h";
const CURSOR_HIDDEN = "\x1b[?25l";

type Script = readonly (readonly [shown: string, keys: string])[];

/**
 * The program on a terminal of its own, which types as the script says when the screen shows what
 * it waits for. Behind it `stty` tells how the terminal was left.
 */
async function onTerminal(options: string, script: Script) {
  const folder = await mkdtemp(join(tmpdir(), "sluice-terminal-"));
  const command = `cd ${folder}; stty rows 40 cols 200; ${process.execPath} ${MAIN} configure ${options}; echo "code $?"; stty -a`;
  const child = spawn("script", ["--quiet", "--command", command, "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
    timeout: 45_000,
    env: { ...process.env, TERM: "xterm", SHELL: "/bin/sh" },
  });
  const left = [...script];
  let raw = "";
  let screen = "";
  child.stdout.on("data", (chunk) => {
    raw += String(chunk);
    screen += stripVTControlCharacters(String(chunk));
    // Several questions may come in one chunk, so what follows an answered one is looked at, too.
    for (let next = left[0]; next !== undefined && screen.includes(next[0]); next = left[0]) {
      left.shift();
      screen = screen.slice(screen.indexOf(next[0]) + next[0].length);
      child.stdin.write(next[1]);
    }
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  child.on("close", () => resolve());
  await promise;
  return { folder, raw, text: stripVTControlCharacters(raw), untold: left };
}

const TO_THE_QUEUES: Script = [
  ["where do the machines come from?", ENTER],
  ["operating system", `${DOWN}${ENTER}`],
  ["names of the users", `ada, ben${ENTER}`],
];

function expectSane({ text, raw }: { readonly text: string; readonly raw: string }): void {
  expect(text).toMatch(/(?<!-)\bicanon\b/);
  expect(text).toMatch(/(?<!-)\becho\b/);
  expect(raw.lastIndexOf(CURSOR_SHOWN)).toBeGreaterThanOrEqual(raw.lastIndexOf(CURSOR_HIDDEN));
}

describe("configure, on a real terminal", () => {
  it("asks, says at once what is wrong, goes back, and writes the file", async () => {
    const result = await onTerminal("-c own.yaml", [
      ...TO_THE_QUEUES,
      ["names of the queues", `CPU${ENTER}`],
      ["lower-case letters, digits", "\x1b"],
      ["names of the users", `ada, eve${ENTER}`],
      ["names of the queues", `cpu, gpu${ENTER}`],
      ["at most", ENTER],
      ["how long", `30s${ENTER}`],
    ]);
    expect(result.untold).toEqual([]);
    expect(result.text).toContain("code 0");
    expect(result.text).toContain("next: sudo sluice create-cluster -n NAME -c own.yaml");
    const file = await readFile(join(result.folder, "own.yaml"), "utf8");
    expect(file).toContain("Os: debian12");
    expect(file).toContain("- Name: eve");
    expect(file).not.toContain("ben");
    expect(file).toContain("ScaledownIdletime: 30s");
    expectSane(result);
  }, 60_000);

  it.each([
    ["Ctrl-C", "\x03"],
    ["Ctrl-D", "\x04"],
  ])(
    "writes nothing after %s, and leaves the terminal as it was",
    async (_, key) => {
      const result = await onTerminal("", [...TO_THE_QUEUES, ["names of the queues", key]]);
      expect(result.text).toContain("interrupted: nothing was written");
      expect(result.text).toContain("code 130");
      expect(await readdir(result.folder)).toEqual([]);
      expectSane(result);
    },
    60_000,
  );

  it("asks before it replaces a file", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "sluice-mine-")), "a.yaml");
    await writeFile(path, "mine\n");
    const options = `-c ${path} --provider local --set users=ada --set queues=q --set os=debian13`;
    const result = await onTerminal(options, [
      ["at most", ENTER],
      ["how long", ENTER],
      ["replace it?", ENTER],
    ]);
    expect(result.text).toContain("code 130");
    expect(await readFile(path, "utf8")).toBe("mine\n");
  }, 60_000);
});
