import { SluiceError } from "@sluice/model";
import type { Happening, Occurrence, Trigger, TriggerParts } from "./contract.ts";
import { TriggerEngine } from "./engine.ts";
import { OccurrenceStore } from "./occurrence-store.ts";
import { strangePlaces } from "./placeholders.ts";
import { cronOf } from "./schedule.ts";
import type { TriggerSource } from "./source.ts";
import { LOOKED_AT, TriggerStore } from "./trigger-store.ts";
import { type HookRequest, hookHappening, hookSecret } from "./web-hook.ts";

/** What its owner says of a trigger. */
export interface TriggerRequest {
  readonly name: string;
  readonly cluster: string;
  readonly application: string;
  readonly applicationVersion?: number;
  readonly values: Readonly<Record<string, unknown>>;
  readonly source: TriggerSource;
  readonly retries: number;
  readonly perMinute: number;
  /** At least 15: a queue may tell of an event again for two weeks. */
  readonly keepDays: number;
}

/** A trigger with the secret of its web-hook, which is shown once. */
export interface MadeTrigger {
  readonly trigger: Trigger;
  readonly secret?: string;
}

/** Most triggers of one owner. */
const MOST_TRIGGERS = 100;
/** Events of a web-hook that wait to be submitted. */
const MOST_WAITING = 10_000;
/** Dead ones that are repeated by one request. */
const MOST_REPLAYED = 1000;

/** Triggers of everybody; who may do what to which of them is the caller's to know. */
export interface Triggers {
  /** Errors: `TRIGGER_EXISTS`, `TRIGGER_INVALID`, `TRIGGER_LIMIT`. */
  create(ownerId: string, request: TriggerRequest): Promise<MadeTrigger>;
  /** The same errors. A change of the source begins it anew; what was received stays. */
  change(id: string, request: TriggerRequest): Promise<Trigger>;
  remove(id: string): Promise<void>;
  /** Undefined when there is none. */
  get(id: string): Promise<Trigger | undefined>;
  list(ownerId?: string): Promise<readonly Trigger[]>;
  pause(id: string, reason: string): Promise<Trigger>;
  /** Also of one that is failing: it goes on with what it received. */
  resume(id: string): Promise<Trigger>;
  /** Another secret for a web-hook; the former is good for nothing from now on. */
  changeSecret(id: string): Promise<MadeTrigger>;
  readonly history: Pick<OccurrenceStore, "list" | "get" | "counts">;
  /** Makes what happened happen again. @returns how many. */
  replay(id: string, which: { readonly occurrence: string } | "dead"): Promise<number>;
  /**
   * A request to a web-hook. Resolves when it is durable. Errors: `HOOK_REFUSED`, also where there is
   * no such hook, `HOOK_BODY_INVALID`, `TRIGGER_PAUSED`, `TRIGGER_BUSY` while very many wait.
   */
  deliver(id: string, request: HookRequest): Promise<{ readonly isRepeat: boolean }>;
  /** Looks at sources and submits what is due, until the signal. */
  run(signal: AbortSignal): Promise<void>;
}

export function createTriggers(parts: TriggerParts): Triggers {
  const triggers = new TriggerStore(parts);
  const occurrences = new OccurrenceStore(parts);
  const engine = new TriggerEngine({ ...parts, triggers, occurrences });
  const { clock, siteKey, random, told } = parts;

  const required = async (id: string): Promise<Trigger> => {
    const trigger = await triggers.get(id);
    if (trigger !== undefined) return trigger;
    throw new SluiceError("TRIGGER_NOT_FOUND", "user", `there is no trigger ${id}`, {
      hint: "see which there are (sluice triggers list)",
    });
  };
  const setState = async (id: string, state: "active" | "paused", reason: string) => {
    const { source } = await required(id);
    const isLookedAt = state === "active" && lookAtOf(source, clock.now()) !== undefined;
    await triggers.update(id, {
      state,
      state_reason: reason,
      ...(isLookedAt ? { look_at: clock.now() } : {}),
    });
    const trigger = await required(id);
    const { id: triggerId, ownerId, cluster } = trigger;
    told?.({ triggerId, ownerId, cluster, kind: "state", state });
    engine.wake();
    return trigger;
  };

  return {
    history: occurrences,
    run: (signal) => engine.run(signal),
    get: (id) => triggers.get(id),
    list: (ownerId) => triggers.list(ownerId),
    remove: (id) => triggers.remove(id),
    pause: (id, reason) => setState(id, "paused", reason.slice(0, 1000)),
    resume: (id) => setState(id, "active", ""),

    async create(ownerId, request) {
      check(request, parts);
      if ((await triggers.list(ownerId)).length >= MOST_TRIGGERS) throw tooMany();
      const now = clock.now();
      const trigger: Trigger = {
        ...request,
        applicationVersion: request.applicationVersion,
        id: random.id(),
        ownerId,
        state: "active",
        stateReason: "",
        secretGeneration: 1,
        createdAt: now,
        changedAt: now,
      };
      try {
        await triggers.insert(trigger, lookAtOf(trigger.source, now));
      } catch (error) {
        throw isDuplicate(error) ? exists(request.name) : error;
      }
      return made(trigger, siteKey);
    },

    async change(id, request) {
      check(request, parts);
      const before = await required(id);
      if (before.source.kind !== request.source.kind) {
        throw invalid("the kind of a trigger's source stays", "make another trigger");
      }
      const isOther = JSON.stringify(before.source) !== JSON.stringify(request.source);
      const now = clock.now();
      try {
        await triggers.update(id, {
          name: request.name,
          cluster: request.cluster,
          application: request.application,
          application_version: request.applicationVersion ?? null,
          field_values: JSON.stringify(request.values),
          source: JSON.stringify(request.source),
          retries: request.retries,
          per_minute: request.perMinute,
          keep_days: request.keepDays,
          ...(isOther
            ? {
                progress: begun(request.source, now),
                look_at: lookAtOf(request.source, now) ?? null,
              }
            : {}),
        });
      } catch (error) {
        throw isDuplicate(error) ? exists(request.name) : error;
      }
      return required(id);
    },

    async changeSecret(id) {
      const { source, secretGeneration } = await required(id);
      if (source.kind !== "web-hook") {
        throw invalid(
          `a trigger of the kind ${source.kind} has no secret`,
          "only web-hooks have one",
        );
      }
      await triggers.update(id, { secret_generation: secretGeneration + 1 });
      return made(await required(id), siteKey);
    },

    async replay(id, which) {
      await required(id);
      const former: readonly Occurrence[] =
        which === "dead"
          ? await occurrences.list(id, { states: ["dead"], limit: MOST_REPLAYED })
          : await occurrences.get(id, which.occurrence).then((one) => (one ? [one] : []));
      if (which !== "dead" && former.length === 0) {
        throw new SluiceError(
          "OCCURRENCE_NOT_FOUND",
          "user",
          `the trigger has no occurrence ${which.occurrence}`,
          { hint: "see its history (sluice triggers history)" },
        );
      }
      let count = 0;
      for (const { id: replayOf, event } of former) {
        // Of a dead one there is one repetition, however often all dead ones are repeated.
        const identity = which === "dead" ? `replay of ${replayOf}` : `replay ${random.id()}`;
        count += await occurrences.add(id, [{ identity, event }], { replayOf });
      }
      engine.wake();
      return count;
    },

    async deliver(id, request) {
      const trigger = await triggers.get(id);
      const happening: Happening =
        trigger === undefined
          ? hookHappening(nobodys(id), request, { siteKey, now: clock.now() })
          : hookHappening(trigger, request, { siteKey, now: clock.now() });
      if (trigger?.state === "paused") {
        throw new SluiceError("TRIGGER_PAUSED", "user", "the trigger is paused", {
          hint: "send it again when its owner has resumed it",
        });
      }
      if (await occurrences.hasWaiting(id, MOST_WAITING)) throw full();
      const added = await occurrences.add(id, [happening]);
      engine.wake();
      return { isRepeat: added === 0 };
    },
  };
}

function check({ source, values, name, keepDays }: TriggerRequest, parts: TriggerParts): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}$/.test(name)) {
    throw invalid(`"${name}" is no name of a trigger`, "write letters, digits, spaces, . _ and -");
  }
  if (keepDays < 15) throw invalid("history is kept for 15 days at least", "write keepDays: 15");
  if (source.kind === "schedule" && cronOf(source).nextRun(parts.clock.now()) === null) {
    throw invalid(`the schedule "${source.cron}" never comes`, "write one that does");
  }
  const queues = parts.objectEvents?.queues ?? [];
  if (source.kind === "objects" && !queues.includes(source.queue)) {
    const known = queues.length === 0 ? "none" : queues.join(", ");
    throw invalid(
      `there is no queue ${source.queue} with events of buckets`,
      `the server's configuration names them: ${known}`,
    );
  }
  const [strange] = strangePlaces(values);
  if (strange !== undefined) {
    throw invalid(`${strange} is no value of an event`, "write places such as {{event.path}}");
  }
}

function lookAtOf({ kind }: TriggerSource, now: Date): Date | undefined {
  return LOOKED_AT.some((one) => one === kind) ? now : undefined;
}

/** Where a source begins that was changed. */
function begun({ kind }: TriggerSource, now: Date): string {
  return JSON.stringify(kind === "schedule" ? { at: now.toISOString() } : {});
}

function made(trigger: Trigger, siteKey: Uint8Array): MadeTrigger {
  if (trigger.source.kind !== "web-hook") return { trigger };
  return { trigger, secret: hookSecret(siteKey, trigger) };
}

/** Takes as long to be refused as one that is there, and is refused as that. */
function nobodys(id: string): Trigger {
  const never = new Date(0);
  return {
    id,
    name: "",
    ownerId: "",
    cluster: "",
    application: "",
    applicationVersion: undefined,
    values: {},
    source: { kind: "web-hook", scheme: "sluice" },
    state: "paused",
    stateReason: "",
    retries: 0,
    perMinute: 0,
    keepDays: 0,
    secretGeneration: 0,
    createdAt: never,
    changedAt: never,
  };
}

function isDuplicate(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === "ER_DUP_ENTRY";
}

function exists(name: string): SluiceError {
  return new SluiceError("TRIGGER_EXISTS", "user", `there is a trigger ${name} already`, {
    hint: "choose another name, or change that one",
  });
}

function tooMany(): SluiceError {
  return new SluiceError("TRIGGER_LIMIT", "user", `one has at most ${MOST_TRIGGERS} triggers`, {
    hint: "remove some that are not needed (sluice triggers remove)",
  });
}

function full(): SluiceError {
  const why = `more than ${MOST_WAITING} events of the trigger wait to be submitted`;
  return new SluiceError("TRIGGER_BUSY", "user", why, {
    hint: "send it again later; perMinute says how many are submitted in a minute",
  });
}

function invalid(message: string, hint: string): SluiceError {
  return new SluiceError("TRIGGER_INVALID", "user", message, { hint });
}
