import { randomUUID } from "node:crypto";
import type { Caller } from "../../contract.ts";
import type { Json, JsonObject, ResourceDeclaration, Template } from "./template.ts";

export interface StackEvent {
  readonly id: string;
  readonly at: Date;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string | undefined;
}

/** A resource as it is, or as far as it is. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly declaration: ResourceDeclaration;
  /** Resolved. */
  readonly properties: JsonObject;
  readonly needs: readonly string[];
  readonly physicalId: string | undefined;
  /** What `Ref` gives. */
  readonly ref: string;
  readonly attributes: Readonly<Record<string, Json>>;
  readonly status: string;
  readonly reason: string | undefined;
  readonly at: Date;
}

/** What a stack is asked to be. */
export interface StackInput {
  readonly template: Template;
  readonly templateText: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  /** Whose rights the resources are made with. */
  readonly caller: Caller;
}

export interface Signal {
  readonly uniqueId: string;
  readonly isSuccess: boolean;
}

export interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly stack: Stack;
  readonly type: "CREATE" | "UPDATE";
  readonly input: StackInput;
  readonly createdAt: Date;
  readonly changes: readonly ResourceChange[];
  readonly onStackFailure: "ROLLBACK" | "DO_NOTHING" | "DELETE";
  /** `onStackFailure` is not the default. */
  readonly isFailureGiven: boolean;
  readonly status: "CREATE_COMPLETE" | "FAILED";
  readonly statusReason: string | undefined;
  executionStatus: "AVAILABLE" | "UNAVAILABLE" | "EXECUTE_COMPLETE";
}

export interface ResourceChange {
  readonly action: "Add" | "Modify" | "Remove";
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string | undefined;
  readonly replacement: boolean | undefined;
}

/** One stack with all that ever happened to it. */
export class Stack {
  readonly id: string;
  readonly name: string;
  readonly parent: Stack | undefined;
  readonly createdAt = new Date();
  updatedAt: Date | undefined;
  deletedAt: Date | undefined;
  status = "REVIEW_IN_PROGRESS";
  reason: string | undefined;
  input: StackInput;
  onFailure: ChangeSet["onStackFailure"] = "ROLLBACK";
  outputs: Readonly<Record<string, string>> = {};
  readonly resources = new Map<string, StackResource>();
  /** Oldest first. */
  readonly events: StackEvent[] = [];
  /** By the resource's logical id. */
  readonly signals = new Map<string, Signal[]>();
  /** The work that is under way, and what calls it off. */
  work: { readonly done: Promise<void>; readonly abort: AbortController } | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(options: {
    readonly name: string;
    readonly region: string;
    readonly account: string;
    readonly input: StackInput;
    readonly parent?: Stack;
  }) {
    const { name, region, account, input, parent } = options;
    this.name = name;
    this.id = `arn:aws:cloudformation:${region}:${account}:stack/${name}/${randomUUID()}`;
    this.input = input;
    this.parent = parent;
  }

  get root(): Stack {
    return this.parent === undefined ? this : this.parent.root;
  }

  setStatus(status: string, reason?: string): void {
    this.status = status;
    this.reason = reason;
    this.#record({
      logicalId: this.name,
      physicalId: this.id,
      type: "AWS::CloudFormation::Stack",
      status,
      reason,
    });
  }

  setResource(resource: Omit<StackResource, "at">): void {
    this.resources.set(resource.logicalId, { ...resource, at: new Date() });
    this.tell(resource);
  }

  /** An event that changes nothing, as of a signal. */
  tell(resource: Omit<StackResource, "at">): void {
    const { logicalId, physicalId = "", type, status, reason } = resource;
    this.#record({ logicalId, physicalId, type, status, reason });
  }

  /** @returns what stops listening. */
  onSignal(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  signal(logicalId: string, signal: Signal): void {
    const former = this.signals.get(logicalId) ?? [];
    this.signals.set(logicalId, [...former, signal]);
    for (const listener of this.#listeners) listener();
  }

  #record(event: Omit<StackEvent, "id" | "at">): void {
    const id = `${event.logicalId}-${randomUUID()}`;
    this.events.push({ ...event, id, at: new Date() });
  }
}
