import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  compileTemplate,
  renderTemplate,
  type TemplateField,
  type TemplateValue,
} from "./template.ts";

/** Everything that a shell reads in a way of its own, and any other character. */
const hostile = fc.array(
  fc.oneof(
    fc.constantFrom(
      ...["'", '"', "`", "\\", "$", "(", ")", "{", "}", "[", "]", "\n", " ", "\t", ";", "&", "|"],
      ...["<", ">", "#", "!", "*", "?", "~", "=", "-", "EOF", "\nEOF\n", "$(>canary)", "`>canary`"],
      ...["';>canary;'", '";>canary;"', "a[$(>canary)]", "{{x}}", "$x", "\r", "é", "\\n", "%s"],
    ),
    fc.string({ unit: "binary" }),
  ),
  { maxLength: 8 },
);
const value = hostile
  .map((pieces) => pieces.join("").replaceAll("\0", ""))
  .filter((text) => text.isWellFormed());

const FIELDS: ReadonlyMap<string, TemplateField> = new Map([
  ["x", { isNumber: false, isList: false }],
  ["y", { isNumber: false, isList: false }],
  ["list", { isNumber: false, isList: true }],
  ["n", { isNumber: true, isList: false }],
]);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-template-"));
  mkdirSync(join(folder, "work"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(script: string, shell = "bash"): { readonly output: string; readonly error: string } {
  // By a file, as Slurm does: read from standard input, a command could eat what follows it.
  const file = join(folder, "script");
  writeFileSync(file, script);
  const { stdout, stderr } = spawnSync(`/bin/${shell}`, [file], {
    cwd: join(folder, "work"),
    env: { LC_ALL: "C.UTF-8", PATH: "/usr/bin:/bin" },
    timeout: 10_000,
  });
  return { output: stdout.toString(), error: stderr.toString() };
}

/** Whether a part of a value was run since this was last asked. */
function wasRun(): boolean {
  const canary = join(folder, "work", "canary");
  const isThere = existsSync(canary);
  if (isThere) rmSync(canary);
  return isThere;
}

function rendered(text: string, values: Readonly<Record<string, TemplateValue>>): string {
  const compiled = compileTemplate(text, FIELDS);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return renderTemplate(compiled.template, FIELDS, new Map(Object.entries(values)));
}

/** Each prints what the program was given, ended by NUL. */
const PLACES: readonly {
  readonly text: string;
  readonly gives: (x: string) => readonly string[];
}[] = [
  { text: "show {{x}}", gives: (x) => [x] },
  { text: "show a{{x}}b{{x}}", gives: (x) => [`a${x}b${x}`] },
  { text: 'show "{{x}}"', gives: (x) => [x] },
  { text: "show \"a'{{x}}'b\"", gives: (x) => [`a'${x}'b`] },
  { text: 'show "$(show {{x}} | tr -d "\\0")"', gives: (x) => [x.replace(/\n+$/, "")] },
  { text: "show '{{x}}'", gives: (x) => [x] },
  { text: "show 'a\"{{x}}\"$b'", gives: (x) => [`a"${x}"$b`] },
  { text: 'v={{x}}; show "$v"', gives: (x) => [x] },
  { text: 'v="a{{x}}"\nshow "$v"', gives: (x) => [`a${x}`] },
  { text: "V={{x}} env true; show one \\\n  {{x}}", gives: (x) => ["one", x] },
  { text: 'export V={{x}}; show "$V"', gives: (x) => [x] },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash.
  { text: "a=( {{x}} 'b' )\nshow \"${a[@]}\"", gives: (x) => [x, "b"] },
  { text: 'for v in {{x}} b; do show "$v"; done', gives: (x) => [x, "b"] },
  { text: "case {{x}} in *) show {{x}};; esac", gives: (x) => [x] },
  { text: "if [ {{x}} = {{x}} ]; then show {{x}}; fi", gives: (x) => [x] },
  { text: "cat <<EOF >/dev/null\n$HOME `true` ' \" (\nEOF\nshow {{x}}", gives: (x) => [x] },
  { text: "v={{x}}\ncat <<-'E F'\n\t$v '\n\tE F\nshow {{x}} # it's", gives: (x) => [`$v '\n${x}`] },
  { text: "v={{x}}\ntr -d '\\0' <<EOF\n$v\nEOF\nshow", gives: (x) => [`${x}\n`] },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash.
  { text: "show $# ${#a} $$'' >/dev/null; show {{x}}", gives: (x) => [x] },
  { text: "show $'it\\'s' {{x}}", gives: (x) => ["it's", x] },
  { text: 'bash -c \'show() { printf "%s\\0" "$@"; }; show "$1"\' _ {{x}}', gives: (x) => [x] },
  { text: "cat <<< {{x}} | tr -d '\\0'; show", gives: (x) => [`${x}\n`] },
  { text: "awk 'BEGIN { printf \"%s%c\", ARGV[1], 0 }' {{x}}", gives: (x) => [x] },
  { text: 'f() { show "$1"; }; f {{x}}', gives: (x) => [x] },
  { text: "(show {{x}})", gives: (x) => [x] },
  { text: "{ show {{x}}; } 2>&1", gives: (x) => [x] },
  { text: "show $((1 + {{n}})) {{x}}", gives: (x) => ["8", x] },
  { text: "for ((i = 0; i < {{n}}; i++)); do :; done; show {{x}}", gives: (x) => [x] },
  { text: "[[ {{n}} -eq 7 ]] && show {{x}} # {{n}}", gives: (x) => [x] },
];
const SHOW = "show() { [ $# -eq 0 ] && printf '\\0' || printf '%s\\0' \"$@\"; }\n";

describe("a value, wherever it may stand", () => {
  test.each(PLACES)("is exactly one argument: $text", ({ text, gives }) => {
    fc.assert(
      fc.property(value, (x) => {
        const { output, error } = run(SHOW + rendered(text, { x, n: "7" }));
        const expected = gives(x);
        // What has no name of its own ends with the output.
        expect(output, error).toBe(expected.map((one) => `${one}\0`).join(""));
        expect(wasRun()).toBe(false);
      }),
      { numRuns: 12 },
    );
  });

  test("is the same for sh", () => {
    fc.assert(
      fc.property(value, (x) => {
        const script = `show() { printf '%s\\0' "$@"; }\nshow {{x}} "{{x}}" '{{x}}'\n`;
        expect(run(rendered(script, { x }), "sh").output).toBe(`${x}\0${x}\0${x}\0`);
      }),
      { numRuns: 20 },
    );
  });

  test("of several is as many arguments", () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (list) => {
        const script =
          "printf '%s\\0' . {{list...}}\nfor v in {{list...}}; do printf '%s\\0' \"$v\"; done\n";
        const expected = [".", ...list, ...list].map((one) => `${one}\0`).join("");
        expect(run(rendered(script, { list })).output).toBe(expected);
      }),
      { numRuns: 20 },
    );
  });
});

describe("any template that is taken", () => {
  const token = fc.constantFrom(
    ...[
      "{{x}}",
      "{{x}}",
      "{{y}}",
      "{{n}}",
      "{{list...}}",
      "'",
      '"',
      "`",
      "$",
      "$(",
      ")",
      "(",
      "((",
      "))",
    ],
    ...[
      "${",
      "}",
      "{",
      "[",
      "]",
      "[[ ",
      " ]]",
      "\\",
      "\n",
      " ",
      " ",
      ";",
      "&",
      "&&",
      "|",
      ">",
      "<",
    ],
    ...[
      "<<EOF",
      "<<'EOF'",
      "\nEOF\n",
      "<<-E",
      "\nE\n",
      "<<<",
      "#",
      " #",
      "a",
      "a=",
      "a=(",
      "case a in ",
    ],
    ...[
      "esac",
      "if true;then ",
      "fi",
      "for a in ",
      ";do ",
      "done",
      "for ((",
      "$((",
      "!",
      "~",
      "*",
      "-c ",
    ],
    ...[
      "printf %s ",
      "test ",
      "[ -v ",
      "exec ",
      "env ",
      "bash ",
      "a[",
      "=",
      "declare ",
      "-i ",
      "export ",
    ],
    ...[
      "\n{{#if x}}\n",
      "\n{{#else}}\n",
      "\n{{/if}}\n",
      "$'",
      '$"',
      "\\\n",
      "1",
      "2>",
      "<(",
      "read ",
    ],
    ...["let ", "f()", "eval ", "local ", "unset ", "echo ", ": ", "-eq 1"],
  );
  const texts = fc.array(token, { minLength: 1, maxLength: 12 }).map((tokens) => tokens.join(""));
  /** Each tries to leave one kind of quoting. */
  const ATTACKS = [
    "\n>canary\n",
    ";>canary;",
    "';>canary;'",
    '";>canary;"',
    "$(>canary)",
    "`>canary`",
    "\nEOF\n>canary\n",
    "\nE\n>canary\n",
    "a[$(>canary)]",
    "x=a[$(>canary)]",
    "\\';>canary;'",
    ")>canary;(",
    "}>canary;{",
    "'$(>canary)'\"$(>canary)\"\n>canary\n",
  ];

  test("never runs a part of a value", () => {
    let taken = 0;
    fc.assert(
      fc.property(texts, fc.constantFrom(...ATTACKS), (text, attack) => {
        const compiled = compileTemplate(text, FIELDS);
        if (!compiled.ok || !text.includes("{{")) return;
        taken += 1;
        const values = new Map<string, TemplateValue>([
          ["x", attack],
          ["y", attack],
          ["list", [attack, attack]],
          ["n", "7"],
        ]);
        run(renderTemplate(compiled.template, FIELDS, values));
        expect(wasRun()).toBe(false);
      }),
      { numRuns: 20_000 },
    );
    expect(taken).toBeGreaterThan(200);
  }, 60_000);
});
