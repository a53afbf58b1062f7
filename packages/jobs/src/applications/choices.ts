import type { UserWorker } from "@sluice/gateway";
import { choiceCommandKind } from "./choice-command.ts";
import type { Application, Field } from "./schema.ts";

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** What a field may be, when that was asked just now. */
export interface FieldChoices {
  readonly field: string;
  readonly choices: readonly Choice[];
  /** Why there are none, or not all. */
  readonly problem?: string;
}

/** What a cluster has for this user; asked of Slurm as the user. */
type ChoicesWorker = Pick<UserWorker, "command" | "list" | "program" | "roots">;

const MOST = 1000;
const LONGEST = 1000;
const TIMEOUT_MS = 10_000;
const MOST_OUTPUT = 1024 * 1024;

/**
 * The choices of fields that have theirs from a cluster. One that can't be asked has a problem
 * instead; nothing is thrown.
 *
 * @param clusters names that the person may choose.
 */
export function findChoices(
  { Fields }: Application,
  worker: ChoicesWorker,
  { clusters, user }: { readonly clusters: readonly string[]; readonly user: string },
): Promise<readonly FieldChoices[]> {
  const asked = Fields.flatMap((field) => {
    const ask = questionOf(field, worker, clusters, user);
    return ask === undefined ? [] : [{ field: field.Name, ask }];
  });
  return Promise.all(
    asked.map(async ({ field, ask }): Promise<FieldChoices> => {
      try {
        const choices = distinct(await ask());
        const problem = choices.length > MOST ? `only the first ${MOST} are shown` : undefined;
        const shown = choices.slice(0, MOST);
        return { field, choices: shown, ...(problem === undefined ? {} : { problem }) };
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        return { field, choices: [], problem };
      }
    }),
  );
}

function questionOf(
  field: Field,
  worker: ChoicesWorker,
  clusters: readonly string[],
  user: string,
): (() => Promise<readonly Choice[]>) | undefined {
  switch (field.Type) {
    case "cluster":
      return async () => clusters.map((value) => ({ value, label: value }));
    case "queue":
      return async () => linesOf(worker, ["sinfo", "--noheader", "--format=%R"]);
    case "account":
      return async () =>
        accountsOf(
          await output(worker, [
            ...["sshare", "--noheader", "--parsable2", "--format=Account,User"],
            `--users=${user}`,
          ]),
        );
    case "licence":
      return async () =>
        licencesOf(await output(worker, ["scontrol", "--oneliner", "show", "licenses"]));
    default: {
      const { Command, Folder, Pattern } = field.ChoicesFrom ?? {};
      if (Command !== undefined) return async () => linesOf(worker, Command);
      if (Folder !== undefined) return async () => entriesOf(worker, Folder, Pattern);
      return undefined;
    }
  }
}

async function output(worker: ChoicesWorker, argv: readonly string[]): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const { exitCode, stdout, stderr } = await run(worker, argv, signal);
  if (exitCode === 0) return stdout;
  throw new Error(`${argv[0]} failed: ${stderr.trim().slice(0, 300) || `exit code ${exitCode}`}`);
}

function run(worker: ChoicesWorker, argv: readonly string[], signal: AbortSignal) {
  switch (choiceCommandKind(argv)) {
    case "slurm":
      return worker.command(argv, { signal });
    case "program":
      return worker.program(argv, { timeoutMs: TIMEOUT_MS, mostOutput: MOST_OUTPUT, signal });
    case undefined:
      throw new Error(`${argv[0]} is no command that choices are made by`);
  }
}

/** `value`, or `value<tab>label`. */
async function linesOf(worker: ChoicesWorker, argv: readonly string[]): Promise<readonly Choice[]> {
  const lines = (await output(worker, argv)).split("\n").map((line) => line.trim());
  return lines.flatMap((line) => {
    const [value = "", label = value] = line.split("\t");
    return value === "" || value.length > LONGEST ? [] : [{ value, label: label.slice(0, 200) }];
  });
}

/** The accounts above those of the user stand there too, without a user. */
function accountsOf(text: string): readonly Choice[] {
  return text.split("\n").flatMap((line) => {
    const [value = "", user = ""] = line.trim().split("|");
    return value === "" || user === "" ? [] : [{ value, label: value }];
  });
}

function licencesOf(text: string): readonly Choice[] {
  return [...text.matchAll(/^LicenseName=(\S+)\s+Total=(\d+)(?:.*?Free=(\d+))?/gm)].map(
    ([, value = "", total, free]) => ({
      value,
      label: `${value} (${free ?? "?"} of ${total} free)`,
    }),
  );
}

async function entriesOf(
  worker: ChoicesWorker,
  folder: string,
  pattern = "*",
): Promise<readonly Choice[]> {
  const [home] = await worker.roots();
  const path = folder.replace(/^~(?=\/|$)/, home?.path ?? "~");
  const { entries } = await worker.list(path, { limit: MOST });
  const matches = nameMatcher(pattern);
  return entries
    .filter(({ name }) => matches(name))
    .map(({ name }) => ({ value: `${path}/${name}`, label: name }));
}

/** With * and ?, in time that grows with the length of both at most. */
export function nameMatcher(pattern: string): (name: string) => boolean {
  return (name) => {
    let reached = new Set([0]);
    const skipStars = (at: number, into: Set<number>) => {
      into.add(at);
      for (let next = at; pattern[next] === "*"; next += 1) into.add(next + 1);
    };
    const start = new Set<number>();
    for (const at of reached) skipStars(at, start);
    reached = start;
    for (const character of name) {
      const following = new Set<number>();
      for (const at of reached) {
        if (pattern[at] === "*") skipStars(at, following);
        else if (pattern[at] === "?" || pattern[at] === character) skipStars(at + 1, following);
      }
      reached = following;
    }
    return reached.has(pattern.length);
  };
}

function distinct(choices: readonly Choice[]): readonly Choice[] {
  return [...new Map(choices.map((choice) => [choice.value, choice])).values()];
}
