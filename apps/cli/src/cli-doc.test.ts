import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PROVIDERS_THAT_RUN } from "@sluice/model";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { knownClouds } from "./clouds.ts";
import type { Cli } from "./command.ts";
import { commands } from "./commands/index.ts";
import { EXIT } from "./exit-codes.ts";

const text = readFileSync(fileURLToPath(new URL("../../../docs/cli.md", import.meta.url)), "utf8");

function definedVerbs(): readonly Command[] {
  const program = new Command().enablePositionalOptions();
  const cli: Cli = { action: () => async () => {} };
  for (const define of commands) define(program, cli);
  return program.commands;
}

describe("docs/cli.md", () => {
  it.each(definedVerbs().map((verb) => [verb.name(), verb] as const))("covers %s", (name, verb) => {
    expect(text).toMatch(new RegExp(`^### .*\\b${name}\\b`, "m"));
    expect(text).toContain(`sluice ${name}`);
    for (const { long } of [verb, ...verb.commands].flatMap((one) => one.options)) {
      expect(text).toContain(long);
    }
    for (const part of verb.commands) expect(text).toMatch(new RegExp(`\\b${part.name()}\\b`));
  });

  it("has every exit code", () => {
    for (const code of Object.values(EXIT))
      expect(text).toMatch(new RegExp(`^\\| ${code} +\\|`, "m"));
  });
});

describe("docs/parallelcluster.md", () => {
  it("calls done what has its effect in a cloud that can be opened", () => {
    expect(PROVIDERS_THAT_RUN).toEqual(knownClouds.providers);
  });
});
