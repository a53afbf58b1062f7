import { isDeepStrictEqual } from "node:util";
import type { Region } from "../../region.ts";
import { withSecrets } from "./dynamic-references.ts";
import { type Made, nameOf, type ResourceContext, type ResourceHandler } from "./handler.ts";
import { holds, resolve, type Scope } from "./intrinsics.ts";
import { CalledOff, inOrder } from "./order.ts";
import { scopeOf, wantedResources } from "./scope.ts";
import { awaitSignals } from "./signals.ts";
import type { Stack, StackInput, StackResource } from "./stack.ts";
import { dependenciesOf, type JsonObject } from "./template.ts";

/**
 * Makes, changes and removes stacks.
 *
 * ```
 *   CREATE_IN_PROGRESS ─▶ CREATE_COMPLETE ─▶ UPDATE_IN_PROGRESS ─▶ …_CLEANUP ─▶ UPDATE_COMPLETE
 *          │ failed                                  │ failed
 *          ├─ ROLLBACK ─▶ ROLLBACK_COMPLETE          └─▶ UPDATE_ROLLBACK_IN_PROGRESS ─▶ …_COMPLETE
 *          ├─ DO_NOTHING ─▶ CREATE_FAILED
 *          └─ DELETE ─▶ DELETE_IN_PROGRESS ─▶ DELETE_COMPLETE, or DELETE_FAILED
 * ```
 */
export class Deployer {
  readonly #region: Region;
  readonly #handlerOf: (type: string) => ResourceHandler;

  constructor(region: Region, handlerOf: (type: string) => ResourceHandler) {
    this.#region = region;
    this.#handlerOf = handlerOf;
  }

  /** Never rejects: how it went is in the stack. */
  create(stack: Stack): Promise<void> {
    return this.#work(stack, (abort) => this.#create(stack, abort));
  }

  update(stack: Stack, input: StackInput): Promise<void> {
    return this.#work(stack, (abort) => this.#update(stack, input, abort));
  }

  /** Work that is under way is called off first. */
  async delete(stack: Stack, retain: ReadonlySet<string> = new Set()): Promise<void> {
    stack.onFailure = "DO_NOTHING";
    stack.work?.abort.abort();
    await stack.work?.done;
    if (stack.status === "DELETE_COMPLETE") return;
    await this.#work(stack, async () => {
      stack.setStatus("DELETE_IN_PROGRESS", "User Initiated");
      await this.#removeAll(stack, retain);
    });
  }

  async #work(stack: Stack, run: (abort: AbortController) => Promise<void>): Promise<void> {
    const abort = new AbortController();
    const done = run(abort).finally(() => {
      stack.work = undefined;
    });
    stack.work = { done, abort };
    await done;
  }

  async #create(stack: Stack, abort: AbortController): Promise<void> {
    stack.setStatus("CREATE_IN_PROGRESS", "User Initiated");
    const failed = await this.#attempt(stack, stack.input, abort, async (scope) => {
      const ids = wantedResources(scope);
      return inOrder(ids, needsIn(scope), (id) => this.#make(stack, id, scope, abort));
    });
    if (failed === undefined) {
      stack.setStatus("CREATE_COMPLETE");
      return;
    }
    const reason = failed.startsWith("[")
      ? `The following resource(s) failed to create: ${failed}. `
      : failed;
    switch (stack.onFailure) {
      case "DO_NOTHING":
        stack.setStatus("CREATE_FAILED", reason);
        break;
      case "DELETE":
        stack.setStatus("DELETE_IN_PROGRESS", `${reason}Delete requested by user.`);
        await this.#removeAll(stack, new Set());
        break;
      case "ROLLBACK":
        stack.setStatus("ROLLBACK_IN_PROGRESS", `${reason}Rollback requested by user.`);
        await this.#removeAll(stack, new Set(), "ROLLBACK");
        break;
      default:
        stack.onFailure satisfies never;
    }
  }

  /** @returns why it failed: ids in brackets, or a sentence. */
  async #attempt(
    stack: Stack,
    input: StackInput,
    abort: AbortController,
    work: (scope: Scope) => Promise<readonly string[]>,
  ): Promise<string | undefined> {
    try {
      const scope = await scopeOf(stack, input, this.#region);
      const failed = await work(scope);
      if (failed.length > 0) return `[${failed.join(", ")}]`;
      if (abort.signal.aborted) return "Called off. ";
      stack.outputs = outputsOf(scope);
      return undefined;
    } catch (error) {
      return `${error instanceof Error ? error.message : String(error)} `;
    }
  }

  async #make(stack: Stack, id: string, scope: Scope, abort: AbortController): Promise<void> {
    if (abort.signal.aborted) throw new CalledOff();
    const declaration = scope.template.Resources[id];
    if (declaration === undefined) throw new CalledOff();
    let resource: Omit<StackResource, "at"> = {
      logicalId: id,
      type: declaration.Type,
      declaration,
      properties: {},
      needs: dependenciesOf(declaration, scope.template),
      physicalId: undefined,
      ref: "",
      attributes: {},
      status: "CREATE_IN_PROGRESS",
      reason: undefined,
    };
    stack.setResource(resource);
    try {
      const ordered = this.#region.faults.failResources.get(id);
      if (ordered !== undefined) throw new Error(ordered);
      const properties = resolve(declaration.Properties ?? {}, scope) as JsonObject;
      resource = { ...resource, properties };
      const context = this.#context(stack, id, declaration.Type, abort.signal);
      const made = await this.#handlerOf(declaration.Type).create(
        await withSecrets(properties, context),
        context,
      );
      resource = { ...resource, ...rowOf(made), reason: "Resource creation Initiated" };
      stack.setResource(resource);
      await awaitSignals(stack, id, declaration, abort.signal);
      stack.setResource({ ...resource, status: "CREATE_COMPLETE", reason: undefined });
    } catch (error) {
      const reason = abort.signal.aborted
        ? "Resource creation cancelled"
        : reasonOf(error, declaration.Type);
      stack.setResource({ ...resource, status: "CREATE_FAILED", reason });
      const isFirst = !abort.signal.aborted;
      abort.abort();
      throw isFirst ? error : new CalledOff();
    }
  }

  async #removeAll(
    stack: Stack,
    retain: ReadonlySet<string>,
    why: "DELETE" | "ROLLBACK" = "DELETE",
  ): Promise<void> {
    const rows = [...stack.resources.values()];
    const failed = await inOrder(
      rows.map(({ logicalId }) => logicalId),
      (id) => rows.filter(({ needs }) => needs.includes(id)).map(({ logicalId }) => logicalId),
      (id) => this.#remove(stack, stack.resources.get(id), retain, why),
    );
    if (failed.length > 0) {
      const reason = `The following resource(s) failed to delete: [${failed.join(", ")}]. `;
      stack.setStatus(`${why}_FAILED`, reason);
      return;
    }
    if (why === "DELETE") stack.deletedAt = new Date();
    stack.setStatus(`${why}_COMPLETE`);
  }

  async #remove(
    stack: Stack,
    resource: StackResource | undefined,
    retain: ReadonlySet<string>,
    why: "DELETE" | "ROLLBACK",
  ): Promise<void> {
    if (resource === undefined || resource.status === "DELETE_COMPLETE") return;
    const { logicalId, type, declaration, physicalId } = resource;
    if (physicalId === undefined) {
      stack.setResource({ ...resource, status: "DELETE_COMPLETE", reason: undefined });
      return;
    }
    const policy = declaration.DeletionPolicy;
    const isKept = policy === "Retain" || (policy === "RetainExceptOnCreate" && why !== "ROLLBACK");
    if (isKept || retain.has(logicalId)) {
      stack.setResource({ ...resource, status: "DELETE_SKIPPED", reason: undefined });
      return;
    }
    stack.setResource({ ...resource, status: "DELETE_IN_PROGRESS", reason: undefined });
    try {
      const ordered = this.#region.faults.failResources.get(`delete:${logicalId}`);
      if (ordered !== undefined) throw new Error(ordered);
      await this.#destroy(stack, resource);
      stack.setResource({ ...resource, status: "DELETE_COMPLETE", reason: undefined });
    } catch (error) {
      stack.setResource({ ...resource, status: "DELETE_FAILED", reason: reasonOf(error, type) });
      throw error;
    }
  }

  async #destroy(stack: Stack, resource: StackResource): Promise<void> {
    const { logicalId, type, declaration, properties } = resource;
    const handler = this.#handlerOf(type);
    const context = this.#context(stack, logicalId, type, new AbortController().signal);
    const made = madeOf(resource);
    if (declaration.DeletionPolicy === "Snapshot") await handler.snapshot?.(made, context);
    await handler.delete(made, properties, context);
  }

  async #update(stack: Stack, input: StackInput, abort: AbortController): Promise<void> {
    const former = { input: stack.input, rows: new Map(stack.resources) };
    const replaced: StackResource[] = [];
    stack.setStatus("UPDATE_IN_PROGRESS", "User Initiated");
    stack.input = input;
    stack.updatedAt = new Date();
    let wanted: readonly string[] = [];
    const failed = await this.#attempt(stack, input, abort, (scope) => {
      wanted = wantedResources(scope);
      return inOrder(wanted, needsIn(scope), (id) =>
        this.#change(stack, id, scope, abort, replaced),
      );
    });
    if (failed === undefined) {
      stack.setStatus("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
      const gone = [...stack.resources.keys()].filter((id) => !wanted.includes(id));
      await this.#cleanUp(stack, gone, replaced);
      stack.setStatus("UPDATE_COMPLETE");
      return;
    }
    const reason = failed.startsWith("[")
      ? `The following resource(s) failed to update: ${failed}. `
      : failed;
    stack.setStatus("UPDATE_ROLLBACK_IN_PROGRESS", reason);
    stack.input = former.input;
    await this.#restore(stack, former.rows);
    stack.setStatus("UPDATE_ROLLBACK_COMPLETE");
  }

  async #change(
    stack: Stack,
    id: string,
    scope: Scope,
    abort: AbortController,
    replaced: StackResource[],
  ): Promise<void> {
    if (abort.signal.aborted) throw new CalledOff();
    const row = stack.resources.get(id);
    const declaration = scope.template.Resources[id];
    if (row === undefined || declaration === undefined || row.status === "DELETE_COMPLETE") {
      return this.#make(stack, id, scope, abort);
    }
    const properties = resolve(declaration.Properties ?? {}, scope) as JsonObject;
    const needs = dependenciesOf(declaration, scope.template);
    if (isDeepStrictEqual(properties, row.properties)) {
      stack.resources.set(id, { ...row, declaration, needs });
      return;
    }
    const handler = this.#handlerOf(row.type);
    if (replaces(handler, row.properties, properties)) {
      replaced.push(row);
      return this.#make(stack, id, scope, abort);
    }
    stack.setResource({ ...row, status: "UPDATE_IN_PROGRESS", reason: undefined });
    try {
      const ordered = this.#region.faults.failResources.get(id);
      if (ordered !== undefined) throw new Error(ordered);
      const context = this.#context(stack, id, row.type, abort.signal);
      const wanted = await withSecrets(properties, context);
      const made = await handler.update?.(madeOf(row), wanted, context, row.properties);
      stack.setResource({
        ...row,
        ...(made === undefined ? {} : rowOf(made)),
        declaration,
        needs,
        properties,
        status: "UPDATE_COMPLETE",
        reason: undefined,
      });
    } catch (error) {
      const reason = abort.signal.aborted ? "Resource update cancelled" : reasonOf(error, row.type);
      stack.setResource({ ...row, status: "UPDATE_FAILED", reason });
      const isFirst = !abort.signal.aborted;
      abort.abort();
      throw isFirst ? error : new CalledOff();
    }
  }

  /** Removes what was replaced and what the new template has not; what fails is left behind. */
  async #cleanUp(
    stack: Stack,
    gone: readonly string[],
    replaced: readonly StackResource[],
  ): Promise<void> {
    for (const row of replaced) {
      if (row.declaration.UpdateReplacePolicy === "Retain") continue;
      stack.tell({ ...row, status: "DELETE_IN_PROGRESS", reason: undefined });
      await this.#destroy(stack, row).catch(() => {});
      stack.tell({ ...row, status: "DELETE_COMPLETE", reason: undefined });
    }
    await inOrder(
      gone,
      (id) => gone.filter((other) => stack.resources.get(other)?.needs.includes(id)),
      (id) => this.#remove(stack, stack.resources.get(id), new Set(), "DELETE"),
    );
    for (const id of gone) stack.resources.delete(id);
  }

  async #restore(stack: Stack, former: ReadonlyMap<string, StackResource>): Promise<void> {
    for (const row of [...stack.resources.values()].reverse()) {
      const before = former.get(row.logicalId);
      const context = this.#context(stack, row.logicalId, row.type, new AbortController().signal);
      if (before === undefined || before.physicalId !== row.physicalId) {
        if (row.physicalId !== undefined) await this.#destroy(stack, row).catch(() => {});
        stack.tell({ ...row, status: "DELETE_COMPLETE", reason: undefined });
        stack.resources.delete(row.logicalId);
      } else if (!isDeepStrictEqual(before.properties, row.properties)) {
        const handler = this.#handlerOf(row.type);
        await handler
          .update?.(madeOf(row), before.properties, context, row.properties)
          .catch(() => {});
        stack.tell({ ...before, status: "UPDATE_COMPLETE", reason: undefined });
      }
    }
    for (const [id, row] of former) stack.resources.set(id, row);
  }

  #context(stack: Stack, logicalId: string, type: string, signal: AbortSignal): ResourceContext {
    const region = this.#region;
    const { caller } = stack.root.input;
    return {
      region,
      stack,
      logicalId,
      type,
      signal,
      call: (command, input) => region.call(command, input, caller),
    };
  }
}

/** Whether a change of these properties replaces the resource. */
export function replaces(
  { update, replacedBy = [] }: ResourceHandler,
  before: JsonObject,
  after: JsonObject,
): boolean {
  if (update === undefined) return true;
  return replacedBy.some((name) => !isDeepStrictEqual(before[name], after[name]));
}

function needsIn(scope: Scope): (id: string) => readonly string[] {
  return (id) => {
    const declaration = scope.template.Resources[id];
    return declaration === undefined ? [] : dependenciesOf(declaration, scope.template);
  };
}

function outputsOf(scope: Scope): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(scope.template.Outputs ?? {}).flatMap(([name, { Value, Condition }]) =>
      Condition === undefined || holds(Condition, scope)
        ? [[name, String(resolve(Value, scope))]]
        : [],
    ),
  );
}

function rowOf({ id, ref = id, attributes = {} }: Made) {
  return { physicalId: id, ref, attributes };
}

function madeOf({ physicalId = "", ref, attributes }: StackResource): Made {
  return { id: physicalId, ref, attributes };
}

/** As CloudFormation quotes the services: the code, and that a handler was asked. */
function reasonOf(error: unknown, type: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = nameOf(error);
  if (code === "Error" || code === "ValidationError") return message;
  const service = type.split("::")[1] ?? type;
  return `${message} (Service: ${service}, Status Code: 400, Error Code: ${code}) (HandlerErrorCode: ${handlerCode(code)})`;
}

function handlerCode(code: string): string {
  if (/AccessDenied|Unauthorized/.test(code)) return "AccessDenied";
  if (/AlreadyExists|Duplicate/.test(code)) return "AlreadyExists";
  if (/NotFound|NoSuch/.test(code)) return "NotFound";
  return "InvalidRequest";
}
