import { afterEach, beforeEach, expect, it } from "vitest";
import { ScratchMachine, shellcheck } from "../testing/user-data.ts";
import { FAREWELL_SCRIPT, farewellUnit } from "./farewell.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = new ScratchMachine();
  for (const name of ["wall", "done", "sleep"]) machine.noted(name);
});
afterEach(() => machine[Symbol.dispose]());

const SCRIPT = String(FAREWELL_SCRIPT.content);
const run = (awaits = "true") => {
  machine.noted("done-with");
  return machine.run(`set -- 10 '${awaits}' 'done-with it'\nPATH=x\n${SCRIPT}`).status;
};

it("is shell that shellcheck has nothing against", () => {
  expect(shellcheck([SCRIPT])).toBe("");
});

it("tells people, lets nobody else in, and goes when the last one has left", () => {
  machine.file("here", "2");
  machine.program(
    "pgrep",
    `n=$(cat ${machine.path("here")}); echo $((n - 1)) > ${machine.path("here")}; [ "$n" -gt 0 ]`,
  );
  expect(run()).toBe(0);
  expect(machine.read("etc/nologin")).toContain("Log in again");
  expect(machine.called).toEqual([
    expect.stringMatching(/^wall .* 10 minutes/),
    ...["sleep 5", "sleep 5", "done-with it"],
  ]);
});

it("goes when the time is over, counted from the first word of it", () => {
  machine.program("pgrep", "exit 0");
  machine.file("run/sluice-farewell", String(Math.floor(Date.now() / 1000) - 600));
  expect(run()).toBe(0);
  expect(machine.called).toEqual(["done-with it"]);
});

it("does nothing while it can't tell", () => {
  expect(run("false")).toBe(1);
  expect(machine.called).toEqual([]);
});

it("is a unit that says how in words of its own", () => {
  const { content } = farewellUnit({
    ...{ awaitCommand: "/etc/sluice/guest leaving", doneCommand: "/etc/sluice/guest let-go g h" },
    minutes: 15,
  });
  expect(content).toContain(
    "ExecStart=/etc/sluice/farewell 15 '/etc/sluice/guest leaving' '/etc/sluice/guest let-go g h'\n",
  );
});
