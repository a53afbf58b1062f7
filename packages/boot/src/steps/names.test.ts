import { afterEach, beforeEach, expect, it } from "vitest";
import { ScratchMachine, shellcheck } from "../testing/user-data.ts";
import { NAMES_SECTION, namesFiles } from "./names.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = new ScratchMachine();
  // The head: sends what is in `answer`, and nothing to who has it.
  machine.program(
    "curl",
    `echo asked >> ${machine.path("called")}
[ -e ${machine.path("answer")} ] || exit 7
while [ $# -gt 0 ]; do
  case $1 in --output) out=$2 ;; --header) header=$2 ;; esac
  shift
done
[ "$header" = "If-None-Match: \\"$(sha256sum < ${machine.path("answer")} | cut -c 1-64)\\"" ] ||
  cp ${machine.path("answer")} "$out"`,
  );
});
afterEach(() => machine[Symbol.dispose]());

const [PROGRAM = "", PROLOG = ""] = namesFiles("compute").map(({ content }) => String(content));
const { begin, end } = NAMES_SECTION;
const answer = (...lines: string[]): void =>
  machine.file("answer", `${[begin, ...lines, end].join("\n")}\n`);
const hosts = (): string => machine.read("etc/hosts");

it("is shell that shellcheck has nothing against", () => {
  expect(shellcheck([PROGRAM, PROLOG])).toBe("");
});

it("brings the hosts file up to date and leaves what others wrote there", () => {
  answer("10.0.0.5 q-1");
  expect(machine.run(PROGRAM).status).toBe(0);
  expect(hosts()).toBe(`127.0.0.1 localhost\n${begin}\n10.0.0.5 q-1\n${end}\n`);
  machine.file("etc/hosts", `${hosts()}10.0.0.9 licences\n`);
  answer("10.0.0.6 q-2");
  expect(machine.run(PROGRAM).status).toBe(0);
  expect(hosts()).toBe(`127.0.0.1 localhost\n10.0.0.9 licences\n${begin}\n10.0.0.6 q-2\n${end}\n`);
});

it("takes nothing twice, nothing that is cut off, and stays without the head", () => {
  answer("10.0.0.5 q-1");
  machine.run(PROGRAM);
  const before = hosts();
  machine.file("etc/hosts", "127.0.0.1 localhost\n");
  expect(machine.run(PROGRAM).status).toBe(0);
  expect(hosts()).toBe("127.0.0.1 localhost\n");
  machine.file("etc/hosts", before);
  machine.file("answer", `${begin}\n10.0.0.6 q-2\n`);
  expect(machine.run(PROGRAM).status).not.toBe(0);
  machine.file("etc/hosts", before);
  machine.program("curl", "exit 7");
  expect(machine.run(PROGRAM).status).not.toBe(0);
  expect(hosts()).toBe(before);
});

it("loses nothing when somebody took the last line of ours away", () => {
  machine.file("etc/hosts", `${begin}\n10.0.0.5 q-1\n10.0.0.2 head\n`);
  answer("10.0.0.6 q-2");
  machine.run(PROGRAM);
  expect(hosts()).toBe(`10.0.0.5 q-1\n10.0.0.2 head\n${begin}\n10.0.0.6 q-2\n${end}\n`);
});

/** The prolog of a job with those nodes; how often the head was asked. */
function prolog(nodes: string, asked?: Date): number {
  machine.file("called", "");
  machine.program("timeout", `echo asked >> ${machine.path("called")}; exit 1`);
  machine.program("stat", asked === undefined ? "exit 1" : `echo ${asked.getTime() / 1000}`);
  machine.program("date", "echo 1000");
  const { status } = machine.run(`SLURM_JOB_NODELIST='${nodes}'\n${PROLOG}`);
  expect(status).toBe(0);
  return machine.called.filter((line) => line === "asked").length;
}

it("is done before a job of several nodes, and now and then before others", () => {
  const now = new Date(999_000);
  expect(prolog("q-[1-2]", now)).toBe(1);
  expect(prolog("q-1,r-1", now)).toBe(1);
  expect(prolog("q-1", now)).toBe(0);
  expect(prolog("q-1", new Date(900_000))).toBe(1);
  expect(prolog("q-1")).toBe(1);
});
