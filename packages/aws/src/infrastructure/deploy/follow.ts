import type { StackEvent } from "@aws-sdk/client-cloudformation";
import type { OnProgress, Progress } from "@sluice/cloud";
import { isSluiceError } from "@sluice/model";
import type { Clients } from "../../clients.ts";
import { HEAD_RESOURCE } from "../../names.ts";
import type { DeployContext } from "./context.ts";
import { progressOf } from "./plan/stack-events.ts";
import { type ClusterStack, stackById, stackEvents } from "./stack.ts";

export interface Followed<S = ClusterStack> {
  readonly stack: S | undefined;
  /** Of the stack and those in it, newest last, since the beginning. */
  readonly events: readonly StackEvent[];
}

/**
 * Looks at what CloudFormation does until it is done, and tells of it. Throws when `signal` fires;
 * CloudFormation goes on.
 *
 * @param since events before that are not told of.
 */
export function followStack(
  context: DeployContext,
  id: string,
  options: FollowOptions,
): Promise<Followed> {
  return followAny(context, id, {
    ...options,
    look: stackById,
    progressOf: (event) => progressOf(event, HEAD_RESOURCE),
  });
}

export interface FollowOptions {
  readonly since: Date;
  readonly onProgress: OnProgress;
  readonly signal?: AbortSignal;
}

/** The same for a stack of another kind. */
export async function followAny<S extends { readonly status: string }>(
  context: DeployContext,
  id: string,
  options: FollowOptions & {
    readonly look: (clients: Clients, id: string) => Promise<S | undefined>;
    /** The line that an event is worth, if any. */
    readonly progressOf: (event: StackEvent) => Progress | undefined;
  },
): Promise<Followed<S>> {
  const { clients, clock, lookEvery } = context;
  const { since, onProgress, signal, look } = options;
  const reader = new EventReader(clients, id, since);
  const events: StackEvent[] = [];
  let blindSince: number | undefined;
  for (;;) {
    let stack: S | undefined;
    try {
      stack = await look(clients, id);
      for (const event of await reader.next()) {
        events.push(event);
        const progress = options.progressOf(event);
        if (progress !== undefined) onProgress(progress);
      }
      blindSince = undefined;
    } catch (error) {
      const now = clock.now().getTime();
      blindSince ??= now;
      if (!isPassing(error) || now - blindSince > BLIND_FOR) throw error;
      signal?.throwIfAborted();
      await clock.sleep(lookEvery, signal);
      continue;
    }
    if (stack === undefined || !stack.status.endsWith("_IN_PROGRESS")) return { stack, events };
    signal?.throwIfAborted();
    await clock.sleep(lookEvery, signal);
    signal?.throwIfAborted();
  }
}

/** Milliseconds for which nothing may be heard of CloudFormation, which works on meanwhile. */
const BLIND_FOR = 600_000;

function isPassing(error: unknown): boolean {
  if (isSluiceError(error)) return error.code === "AWS_UNREACHABLE";
  const { $metadata, name } = error as { $metadata?: { httpStatusCode?: number }; name?: string };
  return ($metadata?.httpStatusCode ?? 0) >= 500 || /Throttl/.test(name ?? "");
}

/** Reads events of a stack and of those in it, each once. */
class EventReader {
  readonly #clients: Clients;
  readonly #since: Date;
  readonly #stacks: string[];
  readonly #seen = new Set<string>();

  constructor(clients: Clients, stack: string, since: Date) {
    this.#clients = clients;
    this.#stacks = [stack];
    this.#since = since;
  }

  /** Those that came since it was asked last, oldest first. */
  async next(): Promise<readonly StackEvent[]> {
    const found: StackEvent[] = [];
    for (const stack of this.#stacks) {
      const events = await stackEvents(
        this.#clients,
        stack,
        ({ EventId, Timestamp }) =>
          this.#seen.has(`${stack} ${EventId}`) ||
          (Timestamp !== undefined && Timestamp < this.#since),
      );
      for (const event of events.toReversed()) {
        this.#seen.add(`${stack} ${event.EventId}`);
        found.push(event);
        const nested = event.PhysicalResourceId ?? "";
        const isStack = event.ResourceType === "AWS::CloudFormation::Stack" && nested !== "";
        if (isStack && !this.#stacks.includes(nested)) this.#stacks.push(nested);
      }
    }
    return found.toSorted((a, b) => (a.Timestamp?.getTime() ?? 0) - (b.Timestamp?.getTime() ?? 0));
  }
}

/** When the next event of a stack comes at the earliest, by CloudFormation's own clock. */
export async function fromNowOn({ clients }: DeployContext, id: string): Promise<Date> {
  let newest = 0;
  await stackEvents(clients, id, ({ Timestamp }) => {
    newest = Math.max(newest, (Timestamp?.getTime() ?? 0) + 1);
    return true;
  });
  return new Date(newest);
}

/** Every event of a cluster's stacks that is still known, oldest first. */
export function allEvents(context: DeployContext, id: string): Promise<readonly StackEvent[]> {
  return new EventReader(context.clients, id, new Date(0)).next();
}
