import type { Account, AccountFacts, Answer, FactKind } from "../account/contract.ts";
import { checkClusterFile } from "../cluster-file/parse.ts";
import { checkImageBuildFile } from "../cluster-file/parse-image-build.ts";

/** What an account has; `null` for what it has not. What is not here it does not tell. */
export type Things = {
  readonly [K in FactKind]?: Readonly<Record<string, AccountFacts[K] | null>>;
};

export function accountOf(things: Things): Pick<Account, "answer"> {
  return {
    answer: async (questions) =>
      questions.map(({ kind, id }): Answer => {
        const facts = things[kind]?.[id];
        if (facts === undefined) return { is: "unknown", why: "access denied" };
        return facts === null ? { is: "absent" } : { is: "found", facts };
      }),
  };
}

const IMAGE_BUILD = /^Build:/m;

/** What the check of this id says of a file, and why it was not made where it was not. */
export async function ask(file: string, things: Things, id: string) {
  const check = IMAGE_BUILD.test(file) ? checkImageBuildFile : checkClusterFile;
  const { signal } = new AbortController();
  const result = await check(file, { fileName: "f" }, accountOf(things), signal);
  const findings = (result.ok ? result.warnings : result.findings).filter(
    (finding) => finding.id === id,
  );
  return {
    said: findings.map(({ level, path, message }) => `${level} ${path}: ${message}`),
    notRun: result.notRun.filter((check) => check.id === id).map(({ why }) => why),
  };
}

/** A file, what the account has, and what is said of it, in the order of the file. */
export interface OnlineCase {
  readonly id: string;
  readonly name: string;
  readonly file: string;
  readonly things: Things;
  readonly says: readonly RegExp[];
}

export function found(
  id: string,
  name: string,
  file: string,
  things: Things,
  ...says: readonly RegExp[]
): OnlineCase {
  return { id, name, file, things, says };
}
