import { describe, expect, test } from "vitest";
import { prepareJob } from "./job.ts";
import { libraryApplications } from "./library.ts";
import { parseApplication, readApplication } from "./parse.ts";
import { checkValues } from "./values.ts";

function problemsOf(text: string): readonly string[] {
  const parsed = parseApplication(text, "a.yaml");
  if (parsed.ok) return [];
  return parsed.findings.map(({ line, path, message }) => `${line} ${path}: ${message}`);
}

function jobOf(text: string, given: Readonly<Record<string, unknown>>) {
  const application = readApplication(text);
  const checked = checkValues(application, given);
  return checked.ok ? prepareJob(application, checked.values) : checked;
}

const HEAD = "Name: a\nTitle: A\n";

describe("an application's file", () => {
  test("is told what is wrong with it, where", () => {
    const text = `${HEAD}Fields:
  - Name: Bad Name
    Type: text
  - Name: b
    Type: nonsense
  - Name: c
    Type: text
    Colour: red
Script: echo
`;
    expect(problemsOf(text)).toEqual([
      '4 Fields[0].Name: "Bad Name" is not a valid Name',
      '7 Fields[1].Type: "nonsense" is not a valid Type',
      '10 Fields[2].Colour: "Colour" is not a key of Fields[]',
    ]);
  });

  test("has keys that fit each other", () => {
    const text = `${HEAD}Fields:
  - { Name: a, Type: choice }
  - { Name: a, Type: text, Pattern: "(" }
  - { Name: n, Type: integer, Min: soon, When: { later: 1 } }
  - { Name: d, Type: duration, Default: long }
Options: { wrap: x, uid: 0, partition: "{{nobody}}" }
ExtraOptions: [a]
KeepFor: long
Script: "echo {{none}}"
`;
    expect(problemsOf(text)).toEqual([
      "4 Fields[0].Type: a choice has one of Choices and ChoicesFrom",
      "5 Fields[1].Name: there are two fields a",
      "5 Fields[1].Pattern: that is no regular expression",
      "6 Fields[2].Min: that is no bound of a integer",
      "6 Fields[2].When: there is no field later above this one",
      "7 Fields[3].Default: a time such as 90m, 12h or 1-12:00:00 is wanted",
      "8 Options.wrap: the script is the application's",
      "8 Options.uid: jobs are their owner's",
      "8 Options.partition: there is no field nobody",
      "9 ExtraOptions[0]: a is no field of type words",
      "10 KeepFor: that is no time",
      "11 Script: line 1 of the script: there is no field none",
    ]);
  });

  test.each(["", "[]", "a: [", "Name: \u0007", "x".repeat(600_000), "? {}", "!!js/function x"])(
    "is refused whatever it is",
    (text) => expect(parseApplication(text).ok).toBe(false),
  );
});

describe("the applications that come along", () => {
  test("are good, and make a job of the least that they want", async () => {
    const library = await libraryApplications();
    expect([...library.keys()]).toEqual(["array", "classic", "mpi", "python", "script"]);
    const path = "/home/ada/it's here";
    const given: Readonly<Record<string, Record<string, unknown>>> = {
      array: { program: path, sweep: "lines", list: "list" },
      classic: {
        executable: path,
        options: "-v 'a b'",
        input: "-in",
        extra_options: "--exclusive",
      },
      mpi: { program: path, module: "openmpi/5" },
      python: { script: path, environment: "/opt/env" },
      script: { script: path, arguments: "a 'b c'", time: "90m", memory: "4G" },
    };
    const jobs = [...library.values()].map(({ application }) => {
      const checked = checkValues(application, given[application.Name] ?? {});
      expect(checked).toMatchObject({ ok: true });
      return checked.ok ? prepareJob(application, checked.values) : undefined;
    });
    expect(jobs).toMatchSnapshot();
  });
});

describe("options", () => {
  const text = `${HEAD}Fields:
  - { Name: queue, Type: queue }
  - { Name: name, Type: text, Multiline: true }
  - { Name: whole, Type: boolean }
  - { Name: extra, Type: words }
Options: { partition: "{{queue}}", job-name: "run of {{name}}", exclusive: "{{whole}}", hold: true }
ExtraOptions: [extra]
Script: "true"
`;

  test("are one word each, and left out without their value", () => {
    expect(jobOf(text, { name: "a; rm -rf $HOME 'b'", whole: true })).toMatchObject({
      job: { options: ["--job-name=run of a; rm -rf $HOME 'b'", "--exclusive", "--hold"] },
    });
    expect(jobOf(text, { whole: false })).toMatchObject({ job: { options: ["--hold"] } });
  });

  test("have no line end, no foreign names and no other user", () => {
    const message = "it has a line end or a control character";
    expect(jobOf(text, { name: "a\n#SBATCH --uid=0" })).toEqual({
      ok: false,
      errors: [{ field: "name", message }],
    });
    for (const word of ["--uid=0", "--wrap=id", "-p x", "x", "--comment=a", "--chdir=/", "--"]) {
      expect(jobOf(text, { extra: [word] })).toMatchObject({ errors: [{ field: "extra" }] });
    }
  });
});

describe("values", () => {
  const fields = (more: string) =>
    readApplication(`${HEAD}Fields:\n  - { Name: v, ${more} }\nScript: "true"\n`);
  const check = (more: string, v: unknown) => {
    const checked = checkValues(fields(more), { v });
    return checked.ok ? checked.values.get("v") : checked.errors[0]?.message;
  };

  test.each([
    ["Type: text", "a", "a"],
    ["Type: text", "a\nb", "one line is wanted, without control characters"],
    ["Type: text, Multiline: true", "a\nb", "a\nb"],
    ["Type: text", { a: 1 }, "a text is wanted"],
    ["Type: text", ["a"], "one value is wanted, not several"],
    ["Type: text, Required: true", "", "a value is needed"],
    ["Type: text, Pattern: '[a-z]+'", "ab1", "it does not match [a-z]+"],
    ["Type: text, Pattern: '(a+)+b'", "a".repeat(60), "it does not match (a+)+b"],
    ["Type: text, Pattern: 'a|b'", "ax", "it does not match a|b"],
    ["Type: words", "a 'b c' d\\ e", ["a", "b c", "d e"]],
    ["Type: words", "a 'b", "a quote is not closed"],
    ["Type: number, Min: 0", "-1", "at least 0 is wanted"],
    ["Type: number", "1e3", "1000"],
    ["Type: number", "0x10", "a number is wanted"],
    ["Type: number", "1e999", "a number is wanted"],
    ["Type: number", "$(id)", "a number is wanted"],
    ["Type: integer", 1.5, "a whole number is wanted"],
    ["Type: boolean", true, "true"],
    ["Type: choice, Choices: [a, 2]", "2", "2"],
    ["Type: choice, Choices: [a, 2]", "b", '"b" is none of the choices'],
    ["Type: choices, Choices: [a, b, c], Max: 2", ["a", "c"], ["a", "c"]],
    ["Type: choices, Choices: [a, b, c], Max: 2", ["a", "b", "c"], "at most 2 are taken"],
    ["Type: file", "-rf", "./-rf"],
    ["Type: file", "a\0b", "that is no path"],
    ["Type: queue", "a b", "that is no name of a queue"],
    ["Type: duration", "90m", "01:30:00"],
    ["Type: duration", "1-12", "1-12:00:00"],
    ["Type: duration, Max: 1h", "90m", "at most 1h is taken"],
    ["Type: memory", "1.5G", "1536M"],
    ["Type: memory", "lots", "memory such as 500M or 4G is wanted"],
    ["Type: date", "2030-02-30", "a date such as 2030-12-31 or 2030-12-31T18:00 is wanted"],
    ["Type: date", "2030-12-31T18:00", "2030-12-31T18:00:00"],
  ])("%s takes or refuses %j", (more, given, expected) => {
    expect(check(more, given)).toEqual(expected);
  });

  test("hidden ones are not there, and unknown ones are told", () => {
    const application = readApplication(`${HEAD}Fields:
  - { Name: mode, Type: choice, Choices: [a, b], Default: a }
  - { Name: only_b, Type: text, Required: true, When: { mode: b } }
Script: "echo {{only_b}}"
`);
    const checked = checkValues(application, { only_b: "x" });
    expect(checked.ok && [...checked.values]).toEqual([["mode", "a"]]);
    expect(checkValues(application, { mode: "b", __proto__x: 1 })).toEqual({
      ok: false,
      errors: [
        { field: "__proto__x", message: "there is no such field" },
        { field: "only_b", message: "a value is needed" },
      ],
    });
  });
});
