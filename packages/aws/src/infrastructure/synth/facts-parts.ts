import { CfnParameter } from "aws-cdk-lib/aws-ssm";
import type { CfnResource, Stack } from "aws-cdk-lib/core";
import type { ClusterFacts } from "../../facts.ts";
import { idOf } from "./logical-id.ts";

type Part<T> = T extends readonly unknown[] ? T : { readonly [K in keyof T]?: Part<T[K]> };

/** What the head has to know, as parameters of SSM that `mergeFacts` puts together. */
export class FactsParts {
  readonly #stack: Stack;
  readonly #path: string;
  readonly resources: CfnResource[] = [];

  constructor(stack: Stack, path: string) {
    this.#stack = stack;
    this.#path = path;
  }

  /** @param name of the parameter; a standard one holds 4 KB, so that a part is a few ids. */
  add(name: string, part: Part<ClusterFacts>): void {
    this.resources.push(
      new CfnParameter(this.#stack, idOf("Facts", name), {
        name: `${this.#path}/${name}`,
        type: "String",
        value: this.#stack.toJsonString(part),
      }),
    );
  }
}

/** So many entries of a few hundred characters are one parameter. */
const ENTRIES = 10;

/** The entries of a record or a list in parts that a parameter of SSM has room for. */
export function inParts<T>(entries: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(entries.length / ENTRIES);
  return Array.from({ length: count }, (_, part) =>
    entries.slice(part * ENTRIES, (part + 1) * ENTRIES),
  );
}
