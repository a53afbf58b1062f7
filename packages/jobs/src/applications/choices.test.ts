import { expect, it, test } from "vitest";
import { findChoices } from "./choices.ts";
import { parseApplication, readApplication } from "./parse.ts";

const fileWith = (command: readonly string[]): string => `Name: a
Title: A
Fields: [{ Name: one, Type: choice, ChoicesFrom: { Command: ${JSON.stringify(command)} } }]
Script: "echo {{one}}"
`;

/** Says by which way it was asked, and with what. */
async function choicesOf(command: readonly string[]) {
  const asked: { readonly by: string; readonly argv: readonly string[] }[] = [];
  const answer = (by: string) => async (argv: readonly string[]) => {
    asked.push({ by, argv });
    return { exitCode: 0, stdout: "a\tThe first\nb\n\nb\n", stderr: "" };
  };
  const worker = {
    command: answer("command"),
    program: answer("program"),
    roots: async () => [],
    list: async () => ({ path: "", entries: [], total: 0 }),
  };
  const [found] = await findChoices(readApplication(fileWith(command)), worker, {
    clusters: [],
    user: "ada",
  });
  return { asked, found };
}

it("are lines of a question to Slurm, each once", async () => {
  const command = ["scontrol", "--oneliner", "show", "res"];
  const { asked, found } = await choicesOf(command);
  expect(asked).toEqual([{ by: "command", argv: command }]);
  expect(found?.choices).toEqual([
    { value: "a", label: "The first" },
    { value: "b", label: "b" },
  ]);
});

it("are lines of a program that administrators put there", async () => {
  const command = ["/etc/sluice/choices/projects", "$(id)"];
  expect((await choicesOf(command)).asked).toEqual([{ by: "program", argv: command }]);
});

test.each([
  ["scancel", "--me"],
  ["scontrol", "hold", "1"],
  ["scontrol", "-o", "update", "show"],
  ["scontrol", "--uid=0", "show"],
  ["/bin/sh", "-c", "id"],
  ["/etc/sluice/choices/../../../bin/sh"],
  ["/etc/sluice/choices/sub/x"],
  ["/etc/sluice/choices/.."],
  ["/etc/sluice/choices/"],
  ["projects"],
])("are never made by %s %s", (...command) => {
  const parsed = parseApplication(fileWith(command), "a.yaml");
  expect(parsed.ok ? [] : parsed.findings.map(({ path }) => path)).toEqual([
    "Fields[0].ChoicesFrom",
  ]);
});

test("accounts are those in which the user is", async () => {
  const stdout = "root|\n users|\n  users|ada\n  heat|ada\n";
  const worker = {
    command: async () => ({ exitCode: 0, stdout, stderr: "" }),
    program: async () => ({ exitCode: 0, stdout, stderr: "" }),
    roots: async () => [],
    list: async () => ({ path: "", entries: [], total: 0 }),
  };
  const application = readApplication(`Name: a
Title: A
Fields: [{ Name: account, Type: account }]
Script: echo
`);
  const [found] = await findChoices(application, worker, { clusters: [], user: "ada" });
  expect(found?.choices.map(({ value }) => value)).toEqual(["users", "heat"]);
});
