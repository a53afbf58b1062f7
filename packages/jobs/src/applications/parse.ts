import {
  type FileKind,
  type Finding,
  judgeText,
  type Path,
  type Problem,
  problem,
  renderFinding,
  SluiceError,
} from "@sluice/model";
import { choiceCommandKind } from "./choice-command.ts";
import { optionProblem } from "./job.ts";
import { isPattern } from "./pattern.ts";
import { parseDuration, parseMemory } from "./quantities.ts";
import { type Application, applicationSchema, type Field } from "./schema.ts";
import { compileTemplate } from "./template/template.ts";
import { checkValue, normalDate } from "./value.ts";
import { templateFields } from "./values.ts";

/** Characters; the largest that comes along has about 3,000. */
const MAX_TEXT = 512 * 1024;
const ID = "ApplicationValidator";

export type ParsedApplication =
  | { readonly ok: true; readonly application: Application }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** An application's YAML has errors; each with its place. */
export class ApplicationFileError extends SluiceError {
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    const count = `${findings.length} ${findings.length === 1 ? "error" : "errors"}`;
    const lines = findings.map((finding) => `  ${renderFinding(finding)}`);
    super(
      "APPLICATION_FILE_INVALID",
      "user",
      [`${findings[0]?.file || "the application"} has ${count}`, ...lines].join("\n"),
      { hint: "correct the application; nothing was saved" },
    );
    this.findings = findings;
  }

  override toJSON(): ReturnType<SluiceError["toJSON"]> & { findings: readonly Finding[] } {
    return { ...super.toJSON(), findings: this.findings };
  }
}

const APPLICATION: FileKind<typeof applicationSchema, Application> = {
  schema: applicationSchema,
  check: (draft) => {
    // Between keys only where each of them is good.
    const parsed = applicationSchema.safeParse(draft);
    return parsed.success ? applicationProblems(parsed.data) : [];
  },
  online: [],
  complete: (application) => application,
};

/** Reads an application and checks all of it. Never throws, whatever the text is. */
export function parseApplication(text: string, fileName = "application.yaml"): ParsedApplication {
  if (text.length > MAX_TEXT) {
    const place = { file: fileName, line: 1, column: 1, path: "", value: "" };
    const message = `the file has ${text.length} characters, and an application at most ${MAX_TEXT}`;
    const suggestion = "keep large inputs in files of the cluster";
    return { ok: false, findings: [{ id: ID, level: "ERROR", ...place, message, suggestion }] };
  }
  const judged = judgeText(APPLICATION, text, { fileName });
  return judged.ok ? { ok: true, application: judged.config } : judged;
}

/** As `parseApplication`. Errors: `APPLICATION_FILE_INVALID`. */
export function readApplication(text: string, fileName?: string): Application {
  const parsed = parseApplication(text, fileName);
  if (!parsed.ok) throw new ApplicationFileError(parsed.findings);
  return parsed.application;
}

function applicationProblems(application: Application): readonly Problem[] {
  const { Fields, Options, ExtraOptions, KeepFor, Script } = application;
  const fields = templateFields(application);
  const compiled = compileTemplate(Script, fields);
  const found: Problem[] = Fields.flatMap((field, index) =>
    fieldProblems(field, Fields.slice(0, index), ["Fields", index]),
  );
  for (const [name, value] of Object.entries(Options)) {
    const message = optionProblem(name, value, fields);
    const suggestion = "remove it, or write a long option of sbatch without its hyphens";
    if (message !== undefined) found.push(problem(ID, ["Options", name], message, suggestion));
  }
  for (const [index, name] of ExtraOptions.entries()) {
    if (Fields.some((field) => field.Name === name && field.Type === "words")) continue;
    const message = `${name} is no field of type words`;
    found.push(problem(ID, ["ExtraOptions", index], message, "name one that is"));
  }
  if (KeepFor !== undefined && parseDuration(KeepFor) === undefined) {
    const suggestion = "write a time such as 30d or 12h";
    found.push(problem(ID, ["KeepFor"], "that is no time", suggestion));
  }
  for (const { line, message, suggestion } of compiled.ok ? [] : compiled.problems) {
    const where = `line ${line} of the script: ${message}`;
    found.push(problem(ID, ["Script"], where, suggestion));
  }
  return found;
}

function fieldProblems(field: Field, above: readonly Field[], path: Path): readonly Problem[] {
  const { Name, Type, Choices, ChoicesFrom, Pattern, When, Default, Min, Max } = field;
  const found: Problem[] = [];
  const tell = (key: string, message: string, suggestion: string) => {
    found.push(problem(ID, [...path, key], message, suggestion));
  };
  if (above.some((other) => other.Name === Name)) {
    tell("Name", `there are two fields ${Name}`, "give each a name of its own");
  }
  const isChoice = Type === "choice" || Type === "choices";
  if (isChoice && (Choices === undefined) === (ChoicesFrom === undefined)) {
    tell("Type", `a ${Type} has one of Choices and ChoicesFrom`, "write Choices: [a, b]");
  }
  for (const [key, value] of Object.entries({ Choices, ChoicesFrom })) {
    if (!isChoice && value !== undefined) {
      tell(key, `a field of type ${Type} has no choices of its own`, "write Type: choice");
    }
  }
  if (ChoicesFrom && (ChoicesFrom.Command === undefined) === (ChoicesFrom.Folder === undefined)) {
    tell("ChoicesFrom", "it has one of Command and Folder", "write Folder: ~/cases");
  }
  if (ChoicesFrom?.Command && choiceCommandKind(ChoicesFrom.Command) === undefined) {
    const suggestion =
      "ask Slurm by squeue, sinfo, scontrol show, …, or a program in /etc/sluice/choices";
    tell("ChoicesFrom", "choices are not made by that command", suggestion);
  }
  if (Pattern !== undefined && !isPattern(Pattern)) {
    tell("Pattern", "that is no regular expression", "correct it");
  }
  for (const name of Object.keys(When ?? {})) {
    if (above.some((other) => other.Name === name)) continue;
    tell("When", `there is no field ${name} above this one`, "name a field that stands above");
  }
  for (const [key, bound] of Object.entries({ Min, Max })) {
    if (bound === undefined || isBound(Type, bound)) continue;
    tell(key, `that is no bound of a ${Type}`, "write one as its values are, or remove it");
  }
  if (found.length === 0 && Default !== undefined) {
    const checked = checkValue(field, Default);
    if (!checked.ok) tell("Default", checked.message, "write a value that the field takes");
  }
  return found;
}

function isBound(type: Field["Type"], bound: number | string): boolean {
  switch (type) {
    case "number":
    case "integer":
    case "words":
    case "choices":
    case "files":
      return typeof bound === "number";
    case "duration":
      return parseDuration(String(bound)) !== undefined;
    case "memory":
      return parseMemory(String(bound)) !== undefined;
    case "date":
      return normalDate(String(bound)) !== undefined;
    case "text":
    case "boolean":
    case "choice":
    case "file":
    case "folder":
    case "cluster":
    case "queue":
    case "account":
    case "licence":
      return false;
    default:
      return type satisfies never;
  }
}
