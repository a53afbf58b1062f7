import type { ObjectEvents } from "@sluice/cloud";
import {
  type Applications,
  createTriggers,
  type Runs,
  type Trigger,
  type Triggers,
} from "@sluice/jobs";
import { isSluiceError, SluiceError } from "@sluice/model";
import type { ServerDeps } from "../deps.ts";
import { personOf } from "../identity/principals.ts";
import { mayUse, runViewerOf } from "../runs/viewers.ts";

export interface SiteTriggersParts
  extends Pick<ServerDeps, "clusters" | "clock" | "database" | "events" | "log" | "random"> {
  readonly applications: Pick<Applications, "get">;
  readonly runs: Pick<Runs, "start">;
  /** See `TriggerParts`. */
  readonly siteKey: Uint8Array;
  readonly objectEvents?: ObjectEvents;
}

/**
 * Triggers of the site: each does what its owner may do at that moment, and nothing once that person
 * may not. What becomes of one is an event with the topic `trigger`.
 */
export function createSiteTriggers(parts: SiteTriggersParts): Triggers {
  const { applications, clock, clusters, database, events, log, random, runs } = parts;
  const { objectEvents, siteKey } = parts;
  const ownerOf = ({ ownerId }: Pick<Trigger, "ownerId">) => personOf(database, ownerId);

  return createTriggers({
    ...{ clock, database, log, random, siteKey },
    ...(objectEvents === undefined ? {} : { objectEvents }),

    startRun: async ({ ownerId, cluster, application, version, values, name, idempotencyKey }) => {
      const owner = await ownerOf({ ownerId });
      if (owner === undefined) throw ownerGone();
      const { id: runId, jobId } = await runs.start(runViewerOf(owner), {
        ...{ cluster, application, values, name },
        ...(version === undefined ? {} : { version }),
        clientKey: idempotencyKey,
      });
      return { runId, jobId };
    },

    hindrance: async (trigger) => {
      const { cluster, application, applicationVersion } = trigger;
      const owner = await ownerOf(trigger);
      if (owner === undefined) return "its owner's account is disabled or gone";
      if (owner.unixUser === undefined) return "its owner is nobody on clusters";
      if (!mayUse(owner, cluster)) return `its owner may not submit on the cluster ${cluster}`;
      try {
        await applications.get(runViewerOf(owner), application, applicationVersion);
        return undefined;
      } catch (error) {
        if (isSluiceError(error) && error.source === "user") return error.message;
        throw error;
      }
    },

    worker: async (trigger) => {
      const owner = await ownerOf(trigger);
      if (owner?.unixUser === undefined) throw ownerGone();
      const cluster = await clusters.get(trigger.cluster);
      return (await cluster.gateway()).user(owner.unixUser);
    },

    told: ({ triggerId, ownerId, cluster, kind, state, occurrenceId }) => {
      void ownerOf({ ownerId }).then((owner) => {
        if (owner?.unixUser === undefined) return;
        const data = { id: triggerId, state, ...(occurrenceId && { occurrence: occurrenceId }) };
        const { unixUser } = owner;
        events.publish({ topic: "trigger", kind, cluster, unixUser, data });
      }, ignored);
    },
  });
}

/** Nobody hears of it; the next look shows it. */
function ignored(): void {}

function ownerGone(): SluiceError {
  return new SluiceError("NOT_ALLOWED", "user", "the trigger's owner may do nothing any more", {
    hint: "have somebody else make the trigger",
  });
}
