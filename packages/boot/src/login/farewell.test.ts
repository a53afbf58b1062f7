import { afterEach, beforeEach, expect, it } from "vitest";
import { ScratchMachine, shellcheck } from "../testing/user-data.ts";
import { farewellFiles } from "./farewell.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = new ScratchMachine();
  for (const name of ["wall", "done", "sleep"]) machine.noted(name);
});
afterEach(() => machine[Symbol.dispose]());

const script = (awaitCommand = "true"): string =>
  String(farewellFiles({ awaitCommand, doneCommand: "done-with", minutes: 10 })[0]?.content);
const run = (text = script()) => {
  machine.noted("done-with");
  return machine.run(`PATH=x\n${text}`).status;
};

it("is shell that shellcheck has nothing against", () => {
  expect(shellcheck([script()])).toBe("");
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
    ...["sleep 5", "sleep 5", "done-with"],
  ]);
});

it("goes when the time is over, counted from the first word of it", () => {
  machine.program("pgrep", "exit 0");
  machine.file("run/sluice-farewell", String(Math.floor(Date.now() / 1000) - 600));
  expect(run()).toBe(0);
  expect(machine.called).toEqual(["done-with"]);
});

it("does nothing while it can't tell", () => {
  expect(run(script("false"))).toBe(1);
  expect(machine.called).toEqual([]);
});
