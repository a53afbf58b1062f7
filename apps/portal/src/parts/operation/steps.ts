import type { OperationView } from "@sluice/api";

/** A line of an operation's progress, as the server has it. */
export interface ProgressLine {
  readonly number: number;
  readonly time: string;
  readonly resource: string;
  readonly status: "started" | "done" | "failed" | "info";
  readonly message: string;
}

export interface OperationStep {
  /** Unique in its operation. */
  readonly id: number;
  readonly resource: string;
  readonly state: "running" | "done" | "failed" | "stopped" | "told";
  readonly begunAt: string;
  readonly endedAt: string | undefined;
  readonly messages: readonly string[];
}

/**
 * The steps of an operation, in the order in which they began. A resource that is begun again is
 * another step; what is still open when the operation ends ends with it.
 */
export function stepsOf(
  lines: readonly ProgressLine[],
  operation: Pick<OperationView, "state" | "endedAt"> | undefined,
): readonly OperationStep[] {
  const steps: OperationStep[] = [];
  const open = new Map<string, number>();
  for (const { number, time, resource, status, message } of lines) {
    const at = open.get(resource);
    const before = at === undefined ? undefined : steps[at];
    const messages = message === "" ? [] : [message];
    if (before === undefined || at === undefined) {
      if (status === "started") open.set(resource, steps.length);
      const isOver = status !== "started";
      steps.push({
        id: number,
        resource,
        state: status === "info" ? "told" : status === "started" ? "running" : status,
        begunAt: time,
        endedAt: isOver ? time : undefined,
        messages,
      });
      continue;
    }
    const isOver = status === "done" || status === "failed";
    if (isOver) open.delete(resource);
    steps[at] = {
      ...before,
      state: isOver ? status : "running",
      endedAt: isOver ? time : undefined,
      messages: [...before.messages, ...messages.filter((one) => one !== before.messages.at(-1))],
    };
  }
  if (operation === undefined || operation.state === "running") return steps;
  const { state, endedAt } = operation;
  const left = state === "done" ? "done" : state === "failed" ? "failed" : "stopped";
  return steps.map((step) => (step.state === "running" ? { ...step, state: left, endedAt } : step));
}
