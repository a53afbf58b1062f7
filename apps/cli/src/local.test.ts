import { describe, expect, it } from "vitest";
import { sluice } from "./testing/sluice.ts";

describe("sluice local interrupt-machine", () => {
  it.each([
    [["-n", "demo"], "interrupt-machine needs a node name", "--help"],
    [["node-1"], "interrupt-machine needs -n, --cluster-name <name>", "--help"],
    [["-n", "demo", "node-1", "--in", "soon"], "--in soon is no time", "120s"],
    [["-n", "demo", "node-1", "--in", "25h"], "--in 25h is no time", "24h"],
    [
      ["-n", "demo", "node-1", "--kind", "flood"],
      "Allowed choices are spot, maintenance",
      "--help",
    ],
  ])("answers %j before it looks for a machine", async (words, message, hint) => {
    const outcome = await sluice()("local", "interrupt-machine", ...words);
    expect(outcome).toMatchObject({ code: 2, out: "" });
    expect(outcome.error().message).toContain(message);
    expect(outcome.error().hint).toContain(hint);
  });
});
