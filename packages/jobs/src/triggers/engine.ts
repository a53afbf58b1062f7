import { isSluiceError, messageOf } from "@sluice/model";
import { backOff } from "./back-off.ts";
import type { Occurrence, OccurrenceError, Trigger, TriggerParts } from "./contract.ts";
import { FolderWatch, filesThere } from "./folder-watch.ts";
import { isAwaited, objectHappening } from "./objects.ts";
import type { OccurrenceStore } from "./occurrence-store.ts";
import { filledIn } from "./placeholders.ts";
import { dueTimes } from "./schedule.ts";
import { type HeldTrigger, LOOKED_AT, type LookedAt, type TriggerStore } from "./trigger-store.ts";

/** Milliseconds between two passes with nothing to do. */
const PASS_MS = 1000;
/**
 * Milliseconds for which one process has a source or an occurrence; a dead one's come again. Whoever
 * is slower than that does no harm: the same key is the same run.
 */
const LEASE_MS = 30_000;
/** Of one trigger in one pass, so that the others come to their turn. */
const MOST_AT_ONCE = 5;
/** Triggers whose submissions or folders are worked on side by side. */
const SIDE_BY_SIDE = 4;
/** Before a source that can't be looked at is looked at again. */
const AWAY_MS = 30_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;

export interface EngineParts extends TriggerParts {
  readonly triggers: TriggerStore;
  readonly occurrences: OccurrenceStore;
}

interface Watched {
  readonly changedAt: number;
  readonly watch: FolderWatch;
  /** When history that is old is forgotten next, in ms. */
  forgetAt: number;
}

/**
 * Looks at sources, writes down what happens there, and submits it. All of it is in the database:
 * several processes may do it at once, and each may be killed at any time.
 */
export class TriggerEngine {
  readonly #parts: EngineParts;
  readonly #watches = new Map<string, Watched>();
  #wake: (() => void) | undefined;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** Ends with the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { objectEvents } = this.#parts;
    await Promise.all([
      // A folder on a file system that hangs holds up folders alone.
      ...LOOKED_AT.map((kind) =>
        this.#repeat(`sources: ${kind}`, () => this.lookAtSources([kind]), signal),
      ),
      this.#repeat("submissions", () => this.submitDue(signal), signal),
      this.#repeat("history", () => this.forgetOld(), signal, HOUR_MS),
      ...(objectEvents?.queues ?? []).map((queue) =>
        this.#repeat(`queue ${queue}`, () => this.#drain(queue, signal), signal),
      ),
    ]);
  }

  /** Something was written down: it need not wait for the next pass. */
  wake(): void {
    this.#wake?.();
  }

  /** @returns whether there was something, so that there may be more. */
  async lookAtSources(kinds: readonly LookedAt[] = LOOKED_AT): Promise<boolean> {
    const { triggers, clock } = this.#parts;
    const until = new Date(clock.now().getTime() + LEASE_MS);
    const held = await triggers.holdDue(kinds, SIDE_BY_SIDE, until);
    await Promise.all(held.map((trigger) => this.#look(trigger)));
    if (held.length > 0) this.wake();
    return held.length > 0;
  }

  async #look(trigger: HeldTrigger): Promise<void> {
    const { triggers, clock, log } = this.#parts;
    try {
      if (trigger.source.kind === "schedule") await this.#lookAtSchedule(trigger);
      if (trigger.source.kind === "folder") await this.#lookIntoFolder(trigger);
    } catch (error) {
      if (isSluiceError(error) && error.source === "user" && error.code.startsWith("TRIGGER_")) {
        await this.#fail(trigger, error.message);
        return;
      }
      log?.warn({ trigger: trigger.id, reason: messageOf(error) }, "a source can't be looked at");
      const lookAt = new Date(clock.now().getTime() + AWAY_MS);
      await triggers.advance(trigger, { progress: trigger.progress, lookAt }, async () => {});
    }
  }

  async #lookAtSchedule(trigger: HeldTrigger): Promise<void> {
    const { triggers, occurrences, clock } = this.#parts;
    if (trigger.source.kind !== "schedule") return;
    const now = clock.now();
    const after = new Date(String(trigger.progress.at ?? trigger.createdAt.toISOString()));
    const { happenings, next } = dueTimes(trigger.source, { after, now });
    await triggers.advance(
      trigger,
      { progress: { at: now.toISOString() }, lookAt: next },
      async (database) => {
        await occurrences.add(trigger.id, happenings, { database });
      },
    );
  }

  async #lookIntoFolder(trigger: HeldTrigger): Promise<void> {
    const { triggers, occurrences, clock, worker } = this.#parts;
    const { source, progress } = trigger;
    if (source.kind !== "folder") return;
    const user = await worker(trigger);
    const lookAt = new Date(clock.now().getTime() + source.everySeconds * 1000);
    if (progress.isBegun !== true) {
      const there = source.existing ? [] : await filesThere(source, user);
      await triggers.advance(trigger, { progress: { isBegun: true }, lookAt }, async (database) => {
        await occurrences.add(trigger.id, there, { as: "ignored", database });
      });
      return;
    }
    const watched = await this.#watchOf(trigger);
    const { watch } = watched;
    const { whole, present } = await watch.look(source, user, clock.now());
    await triggers.advance(trigger, { progress, lookAt }, async (database) => {
      await occurrences.add(trigger.id, whole, { database });
    });
    watch.tell(whole);
    const now = clock.now().getTime();
    if (now < watched.forgetAt) return;
    watched.forgetAt = now + HOUR_MS;
    // What is still there must stay known, or it would be new again.
    await occurrences.forget(trigger.id, this.#forgetBefore(trigger), present);
  }

  /** Another source, another watch. */
  async #watchOf(trigger: Trigger): Promise<Watched> {
    const known = this.#watches.get(trigger.id);
    const changedAt = trigger.changedAt.getTime();
    if (known?.changedAt === changedAt) return known;
    const watch = new FolderWatch(await this.#parts.occurrences.identities(trigger.id));
    const watched = { changedAt, watch, forgetAt: 0 };
    this.#watches.set(trigger.id, watched);
    return watched;
  }

  /** Takes what a queue has, for every trigger that waits for such. */
  async #drain(queue: string, signal: AbortSignal): Promise<boolean> {
    const { triggers, occurrences, objectEvents } = this.#parts;
    const awaiting = async () =>
      (await triggers.activeOf("objects")).flatMap(({ id, source }) =>
        source.kind === "objects" && source.queue === queue ? [{ id, source }] : [],
      );
    // With nobody to take them, events stay where they are.
    if (objectEvents === undefined || (await awaiting()).length === 0) return false;
    const messages = await objectEvents.receive(queue, signal);
    const now = await awaiting();
    for (const { objects, acknowledge } of messages) {
      for (const { id, source } of now) {
        const happenings = objects.filter((one) => isAwaited(source, one)).map(objectHappening);
        if (happenings.length > 0) await occurrences.add(id, happenings);
      }
      await acknowledge();
    }
    if (messages.length > 0) this.wake();
    return messages.length > 0;
  }

  /** Submits some of what is due of each trigger. @returns whether anything was. */
  async submitDue(signal?: AbortSignal): Promise<boolean> {
    const { triggers, occurrences } = this.#parts;
    const waiting = [...(await occurrences.triggersWithDue())];
    let wasAny = false;
    const work = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        if (signal?.aborted) return;
        const trigger = await triggers.get(id);
        if (trigger?.state === "active" && (await this.#submitSome(trigger))) wasAny = true;
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
    return wasAny;
  }

  async #submitSome(trigger: Trigger): Promise<boolean> {
    const { occurrences, clock, hindrance } = this.#parts;
    const hindered = await hindrance(trigger);
    if (hindered !== undefined) {
      await this.#fail(trigger, hindered);
      return false;
    }
    const now = clock.now().getTime();
    const begun = await occurrences.begunSince(trigger.id, new Date(now - MINUTE_MS));
    const most = Math.min(MOST_AT_ONCE, trigger.perMinute - begun);
    if (most <= 0) return false;
    const claimed = await occurrences.claim(trigger.id, most, new Date(now + LEASE_MS));
    await Promise.all(claimed.map((occurrence) => this.#submit(trigger, occurrence)));
    return claimed.length > 0;
  }

  async #submit(trigger: Trigger, occurrence: Occurrence): Promise<void> {
    const { occurrences, startRun, clock, random, told } = this.#parts;
    const { id } = occurrence;
    const tell = (state: Occurrence["state"]) =>
      told?.({
        triggerId: trigger.id,
        ownerId: trigger.ownerId,
        cluster: trigger.cluster,
        kind: "occurrence",
        state,
        occurrenceId: id,
      });
    try {
      const { runId, jobId } = await startRun({
        ownerId: trigger.ownerId,
        cluster: trigger.cluster,
        application: trigger.application,
        version: trigger.applicationVersion,
        values: filledIn(trigger.values, occurrence.event),
        name: trigger.name,
        idempotencyKey: `trigger-${id}`,
      });
      const job = jobId === undefined ? {} : { jobId };
      await occurrences.end(id, { state: "submitted", runId, ...job });
      tell("submitted");
    } catch (error) {
      const isForGood = isSluiceError(error) && error.source === "user";
      const isOver = isForGood || occurrence.attempts > trigger.retries;
      const chance = Number.parseInt(random.id().slice(0, 8), 16) / 0xffff_ffff;
      const wait = backOff(occurrence.attempts, chance);
      const state = isOver ? "dead" : "retrying";
      await occurrences.end(id, {
        state,
        error: errorOf(error),
        ...(isOver ? {} : { nextAt: new Date(clock.now().getTime() + wait) }),
      });
      tell(state);
    }
  }

  async #fail(trigger: Trigger, reason: string): Promise<void> {
    const { triggers, told } = this.#parts;
    await triggers.update(trigger.id, { state: "failing", state_reason: reason.slice(0, 1000) });
    told?.({
      triggerId: trigger.id,
      ownerId: trigger.ownerId,
      cluster: trigger.cluster,
      kind: "state",
      state: "failing",
    });
  }

  /** Forgets history that is old enough; that of folders goes when they are looked into. */
  async forgetOld(): Promise<boolean> {
    const { triggers, occurrences } = this.#parts;
    const all = await triggers.list();
    const ids = new Set(all.map(({ id }) => id));
    for (const id of this.#watches.keys()) if (!ids.has(id)) this.#watches.delete(id);
    for (const trigger of all) {
      if (trigger.source.kind === "folder") continue;
      await occurrences.forget(trigger.id, this.#forgetBefore(trigger));
    }
    return false;
  }

  #forgetBefore({ keepDays }: Trigger): Date {
    return new Date(this.#parts.clock.now().getTime() - keepDays * DAY_MS);
  }

  /** Again and again; at once while there is something to do. What it throws is told and tried again. */
  async #repeat(
    what: string,
    pass: () => Promise<boolean>,
    signal: AbortSignal,
    pause = PASS_MS,
  ): Promise<void> {
    const { clock, log } = this.#parts;
    while (!signal.aborted) {
      try {
        if (await pass()) continue;
      } catch (error) {
        if (signal.aborted) return;
        log?.warn({ what, reason: messageOf(error) }, "a pass over triggers failed");
      }
      const woken = new AbortController();
      if (what === "submissions") this.#wake = () => woken.abort();
      await clock.sleep(pause, AbortSignal.any([signal, woken.signal]));
    }
  }
}

function errorOf(error: unknown): OccurrenceError {
  if (!isSluiceError(error)) {
    return { code: "UNEXPECTED", message: "something went wrong; the server's log has it" };
  }
  const { code, message, hint } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
