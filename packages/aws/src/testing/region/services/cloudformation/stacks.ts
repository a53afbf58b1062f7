import { ServiceError } from "../../contract.ts";
import type { ChangeSet, Stack } from "./stack.ts";
import { validationError } from "./template.ts";

/** Every stack there was and its change sets. A name is free again when its stack is deleted. */
export class Stacks {
  readonly #byId = new Map<string, Stack>();
  readonly #changeSets = new Map<string, ChangeSet>();

  add(stack: Stack): void {
    this.#byId.set(stack.id, stack);
  }

  /** By id any, by name the one that is there. */
  get(nameOrId: string): Stack | undefined {
    const byId = this.#byId.get(nameOrId);
    if (byId !== undefined) return byId;
    return this.all().find(({ name, deletedAt }) => name === nameOrId && deletedAt === undefined);
  }

  require(nameOrId: string | undefined): Stack {
    const stack = this.get(nameOrId ?? "");
    if (stack !== undefined) return stack;
    throw validationError(`Stack with id ${nameOrId} does not exist`);
  }

  /** Newest first. */
  all(): readonly Stack[] {
    return [...this.#byId.values()].reverse();
  }

  remove(stack: Stack): void {
    this.#byId.delete(stack.id);
  }

  addChangeSet(changeSet: ChangeSet): void {
    this.#changeSets.set(changeSet.id, changeSet);
  }

  removeChangeSet({ id }: ChangeSet): void {
    this.#changeSets.delete(id);
  }

  changeSetsOf(stack: Stack): readonly ChangeSet[] {
    return [...this.#changeSets.values()].filter((one) => one.stack === stack);
  }

  changeSet(nameOrId: string | undefined, stackName: string | undefined): ChangeSet {
    const byId = this.#changeSets.get(nameOrId ?? "");
    if (byId !== undefined) return byId;
    const stack = this.require(stackName);
    const found = this.changeSetsOf(stack).find(({ name }) => name === nameOrId);
    if (found !== undefined) return found;
    throw new ServiceError("ChangeSetNotFound", `ChangeSet [${nameOrId}] does not exist`, 404);
  }
}
