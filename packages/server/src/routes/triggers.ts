import type { Readable } from "node:stream";
import {
  isAtLeast,
  type OccurrenceView,
  type TriggerView,
  type TriggerWish,
  triggersRoutes,
} from "@sluice/api";
import {
  type Applications,
  type MadeTrigger,
  MOST_HOOK_BYTES,
  type Occurrence,
  type Trigger,
  type TriggerRequest,
  type Triggers,
} from "@sluice/jobs";
import { SluiceError } from "@sluice/model";
import type { ServerDeps } from "../deps.ts";
import { type Implementation, implement } from "../http/handler.ts";
import { type Principal, roleOf } from "../identity/principal.ts";
import { viewerOf } from "../runs/viewers.ts";

export interface TriggersParts extends Pick<ServerDeps, "clusters"> {
  readonly triggers: Triggers;
  readonly applications: Applications;
  /** What a person signs in with, by the account's id; undefined for accounts that are gone. */
  readonly userName: (id: string) => Promise<string | undefined>;
  /** Where the server is reached, for addresses of web-hooks. */
  readonly publicUrl: URL;
}

/** A trigger is its owner's. Administrators of the site see all of them, and may stop and remove them. */
export function triggersImplementations(parts: TriggersParts): readonly Implementation[] {
  return [...looking(parts), ...making(parts), ...acting(parts)];
}

function looking(parts: TriggersParts): readonly Implementation[] {
  const { triggers } = parts;
  return [
    implement(triggersRoutes.listTriggers, async ({ principal, query }) => {
      const isAll = query.all === "true";
      if (isAll && !isAdministrator(principal)) throw administratorWanted();
      const found = await triggers.list(isAll ? undefined : principal.id);
      return { items: await Promise.all(found.map((one) => viewOf(parts, one))) };
    }),

    implement(triggersRoutes.getTrigger, async ({ principal, params }) => {
      const trigger = await seen(parts, principal, params.trigger);
      const counts = await triggers.history.counts(trigger.id);
      return { ...(await viewOf(parts, trigger)), counts };
    }),

    implement(triggersRoutes.listOccurrences, async ({ principal, params, query }) => {
      const { id } = await seen(parts, principal, params.trigger);
      const { limit, cursor, state } = query;
      const before = cursor === undefined ? undefined : placeIn(cursor);
      const found = await triggers.history.list(id, {
        limit: limit + 1,
        ...(before === undefined ? {} : { before }),
        ...(state === undefined ? {} : { states: state }),
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      const next = found.length > limit && last !== undefined ? cursorOf(last) : undefined;
      return { items: items.map(occurrenceView), ...(next === undefined ? {} : { next }) };
    }),
  ];
}

function making(parts: TriggersParts): readonly Implementation[] {
  const { triggers, clusters } = parts;
  return [
    implement(triggersRoutes.createTrigger, async ({ principal, body, audit }) => {
      audit.target(`trigger ${body.name}`);
      await clusters.get(body.cluster);
      await checkFields(parts, principal, body);
      const made = await triggers.create(principal.id, requestOf(body));
      audit.detail({ trigger: made.trigger.id, kind: made.trigger.source.kind });
      return madeView(parts, made);
    }),

    implement(triggersRoutes.changeTrigger, async ({ principal, params, body }) => {
      const { id } = await owned(parts, principal, params.trigger);
      await clusters.get(body.cluster);
      await checkFields(parts, principal, body);
      return viewOf(parts, await triggers.change(id, requestOf(body)));
    }),

    implement(triggersRoutes.changeTriggerSecret, async ({ principal, params }) => {
      const { id } = await owned(parts, principal, params.trigger);
      return madeView(parts, await triggers.changeSecret(id));
    }),
  ];
}

function acting(parts: TriggersParts): readonly Implementation[] {
  const { triggers } = parts;
  return [
    implement(triggersRoutes.removeTrigger, async ({ principal, params }) => {
      const { id } = await seen(parts, principal, params.trigger);
      await triggers.remove(id);
    }),

    implement(triggersRoutes.pauseTrigger, async ({ principal, params, body }) => {
      const { id } = await seen(parts, principal, params.trigger);
      return viewOf(parts, await triggers.pause(id, body.reason));
    }),

    implement(triggersRoutes.resumeTrigger, async ({ principal, params }) => {
      const { id } = await owned(parts, principal, params.trigger);
      return viewOf(parts, await triggers.resume(id));
    }),

    implement(triggersRoutes.replayOccurrences, async ({ principal, params, body }) => {
      const { id } = await owned(parts, principal, params.trigger);
      const which = "all" in body ? "dead" : { occurrence: body.occurrence };
      return { replayed: await triggers.replay(id, which) };
    }),

    implement(triggersRoutes.deliverHook, async ({ params, request }) => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]),
      );
      const body = await bodyOf(request.body as Readable | undefined);
      return triggers.deliver(params.trigger, { body, headers });
    }),
  ];
}

/**
 * What is wrong whatever happens is told at once; values are looked at when an event fills them in.
 *
 * Errors: `APPLICATION_NOT_FOUND`, `TRIGGER_INVALID`.
 */
async function checkFields(
  { applications }: TriggersParts,
  principal: Principal,
  { application: name, applicationVersion, values }: TriggerWish,
): Promise<void> {
  const { application } = await applications.get(viewerOf(principal), name, applicationVersion);
  const fields = new Map(application.Fields.map((field) => [field.Name, field]));
  const unknown = Object.keys(values).find((field) => !fields.has(field));
  const missing = application.Fields.find(
    ({ Name, Required, Default, When }) =>
      Required && Default === undefined && When === undefined && values[Name] === undefined,
  );
  if (unknown === undefined && missing === undefined) return;
  throw new SluiceError(
    "TRIGGER_INVALID",
    "user",
    unknown === undefined
      ? `the field ${missing?.Name} of the application ${name} is given no value`
      : `the application ${name} has no field ${unknown}`,
    { hint: `its fields are: ${[...fields.keys()].join(", ") || "none"}` },
  );
}

/** Errors: `TRIGGER_NOT_FOUND` also for another's. */
async function seen(
  { triggers }: TriggersParts,
  principal: Principal,
  id: string,
): Promise<Trigger> {
  const trigger = await triggers.get(id);
  if (trigger !== undefined && (trigger.ownerId === principal.id || isAdministrator(principal))) {
    return trigger;
  }
  throw new SluiceError("TRIGGER_NOT_FOUND", "user", `there is no trigger ${id}`, {
    hint: "see which there are (sluice triggers list)",
  });
}

/** What makes jobs is its owner's alone to say. */
async function owned(parts: TriggersParts, principal: Principal, id: string): Promise<Trigger> {
  const trigger = await seen(parts, principal, id);
  if (trigger.ownerId === principal.id) return trigger;
  throw new SluiceError("NOT_ALLOWED", "user", "only its owner may do that with a trigger", {
    hint: "an administrator may pause and remove it",
  });
}

function isAdministrator(principal: Principal): boolean {
  const role = roleOf(principal, {});
  return role !== undefined && isAtLeast(role, "administrator");
}

function administratorWanted(): SluiceError {
  return new SluiceError("NOT_ALLOWED", "user", "only administrators see everybody's triggers", {
    hint: "leave out all",
  });
}

function requestOf({ applicationVersion, ...wish }: TriggerWish): TriggerRequest {
  return { ...wish, ...(applicationVersion === undefined ? {} : { applicationVersion }) };
}

async function viewOf(
  { userName, publicUrl }: TriggersParts,
  trigger: Trigger,
): Promise<TriggerView> {
  const { source, values, applicationVersion, stateReason } = trigger;
  return {
    id: trigger.id,
    name: trigger.name,
    owner: (await userName(trigger.ownerId)) ?? "",
    cluster: trigger.cluster,
    application: trigger.application,
    ...(applicationVersion === undefined ? {} : { applicationVersion }),
    values: { ...values },
    source,
    retries: trigger.retries,
    perMinute: trigger.perMinute,
    keepDays: trigger.keepDays,
    state: trigger.state,
    ...(stateReason === "" ? {} : { reason: stateReason }),
    createdAt: trigger.createdAt.toISOString(),
    changedAt: trigger.changedAt.toISOString(),
    ...(source.kind === "web-hook"
      ? { address: new URL(`/api/v1/hooks/${trigger.id}`, publicUrl).href }
      : {}),
  };
}

async function madeView(parts: TriggersParts, { trigger, secret }: MadeTrigger) {
  return { ...(await viewOf(parts, trigger)), ...(secret === undefined ? {} : { secret }) };
}

function occurrenceView(occurrence: Occurrence): OccurrenceView {
  const { runId, jobId, error, replayOf, endedAt } = occurrence;
  return {
    id: occurrence.id,
    state: occurrence.state,
    identity: occurrence.identity,
    event: { ...occurrence.event },
    attempts: occurrence.attempts,
    ...(runId === undefined ? {} : { runId }),
    ...(jobId === undefined ? {} : { jobId }),
    ...(error === undefined ? {} : { error }),
    ...(replayOf === undefined ? {} : { replayOf }),
    receivedAt: occurrence.receivedAt.toISOString(),
    ...(endedAt === undefined ? {} : { endedAt: endedAt.toISOString() }),
  };
}

function cursorOf({ receivedAt, id }: Occurrence): string {
  return `${receivedAt.toISOString()} ${id}`;
}

/** Errors: `REQUEST_INVALID` for a cursor that no page had. */
function placeIn(cursor: string): { readonly receivedAt: Date; readonly id: string } {
  const [time = "", id = ""] = cursor.split(" ");
  const receivedAt = new Date(time);
  if (!Number.isNaN(receivedAt.getTime()) && id !== "") return { receivedAt, id };
  throw new SluiceError("REQUEST_INVALID", "user", "the cursor is none of this list", {
    hint: "take `next` of the page before, as it is",
  });
}

/** As it came: the signature is over these bytes. */
async function bodyOf(stream: Readable | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream ?? []) {
    length += (chunk as Uint8Array).length;
    if (length > MOST_HOOK_BYTES) {
      throw new SluiceError("REQUEST_TOO_LARGE", "user", "the body of a hook is too large", {
        hint: `send at most ${MOST_HOOK_BYTES} bytes`,
      });
    }
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}
