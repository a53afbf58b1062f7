import { UpdateConflictError } from "@sluice/lifecycle";
import { ClusterFileError, type Finding, type Change as PlannedChange } from "@sluice/model";
import { shownError } from "../http/problems.ts";
import { httpStatusOf } from "../http/statuses.ts";
import type { DocumentedOperation } from "./document.ts";

/** One line about a file, as ParallelCluster words it. */
export interface ConfigValidationMessage {
  readonly id: string;
  readonly type: string;
  readonly level: Finding["level"];
  readonly message: string;
}

export interface Change {
  readonly parameter: string;
  readonly currentValue: string;
  readonly requestedValue: string;
}

/** An answer that is not one of success; its body is as the document says for that status. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: { readonly message: string } & Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.body = { message, ...more };
  }
}

export function badRequest(why: string): Refusal {
  return new Refusal(400, `Bad Request: ${why}`);
}

export function clusterMissing(name: string): Refusal {
  return new Refusal(
    404,
    `Cluster '${name}' does not exist or belongs to an incompatible ParallelCluster major version.`,
  );
}

export function dryrunSucceeded(more: Readonly<Record<string, unknown>>): Refusal {
  return new Refusal(412, "Request would have succeeded, but DryRun flag is set.", more);
}

/** Undefined where there is nothing to say, as ParallelCluster leaves the list out. */
export function messagesOf(
  findings: readonly Finding[],
): { readonly validationMessages: readonly ConfigValidationMessage[] } | Record<never, never> {
  return findings.length === 0 ? {} : { validationMessages: findings.map(messageOfFinding) };
}

function messageOfFinding({ id, level, line, path, message, suggestion }: Finding) {
  const place = [line === 0 ? "" : `line ${line}`, path].filter((part) => part !== "").join(", ");
  const text = `${place === "" ? "" : `${place}: `}${message}; ${suggestion}`;
  return { id, type: id, level, message: text };
}

/** Any error, in the words and with the status codes that an operation has. */
export function refusalOf(error: unknown, operation: DocumentedOperation): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof ClusterFileError) {
    return new Refusal(400, "Invalid cluster configuration.", {
      configurationValidationErrors: error.findings.map(messageOfFinding),
    });
  }
  if (error instanceof UpdateConflictError) return updateRefused(error);
  const shown = shownError(error);
  const status = statusFor(httpStatusOf(shown), operation);
  const hint = shown.hint === undefined ? "" : `; ${shown.hint}`;
  const prefix = status === 400 ? "Bad Request: " : "";
  return new Refusal(status, `${prefix}${shown.message}${hint}`);
}

export function updateRefused(error: UpdateConflictError): Refusal {
  const changes = error.updateValidationErrors.map(({ message, ...change }) => ({
    ...shownChange(change),
    message,
  }));
  return new Refusal(400, "Update failure", {
    changeSet: changes.map(({ message: _, ...change }) => change),
    updateValidationErrors: changes,
  });
}

export function changeOf({ path, from, to }: PlannedChange): Change {
  return shownChange({ parameter: path, currentValue: from, requestedValue: to });
}

function shownChange(change: {
  readonly parameter: string;
  readonly currentValue: unknown;
  readonly requestedValue: unknown;
}): Change {
  return {
    parameter: change.parameter,
    currentValue: shownValue(change.currentValue),
    requestedValue: shownValue(change.requestedValue),
  };
}

/** A hyphen is ParallelCluster's word for what is not there. */
function shownValue(value: unknown): string {
  if (value === undefined || value === null) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Of codes that an operation's document does not have, the nearest that it has. */
function statusFor(status: number, { statuses }: DocumentedOperation): number {
  // Who is known and may not is told so by whatever stands before ParallelCluster's own server.
  if (statuses.has(status) || status === 403 || status === 413 || status === 415) return status;
  if (status === 501 || status === 422) return 400;
  return status >= 500 ? 500 : 400;
}
