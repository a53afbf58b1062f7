import { clustersRoutes } from "@sluice/api";
import { SluiceError } from "@sluice/model";
import type { OutgoingEvent } from "../../http/event-response.ts";
import { type Implementation, implement } from "../../http/handler.ts";
import type { Principal } from "../../identity/principal.ts";
import type { Operation, ProgressLine } from "../operations/index.ts";
import { isAtLeastOn } from "../sight.ts";
import { type ClusterParts, maySeeOperation, operationView } from "./parts.ts";

/** Between two looks for news of an operation. */
const LOOK_SECONDS = 0.5;

export function operationRoutes(parts: ClusterParts): readonly Implementation[] {
  const { operations, clock } = parts;
  const seen = async (principal: Principal, id: string): Promise<Operation> => {
    const operation = await operations.get(id);
    if (operation === undefined || !maySeeOperation(principal, operation)) {
      throw new SluiceError("OPERATION_NOT_FOUND", "user", `there is no operation ${id}`, {
        hint: "see those that there are in the list of operations",
      });
    }
    return operation;
  };
  return [
    implement(clustersRoutes.listOperations, async ({ query, principal }) => {
      const { cluster, state, limit, cursor } = query;
      const items: Operation[] = [];
      let before = cursor === undefined ? undefined : positionOf(cursor);
      let isMore = true;
      // Those that one may not see are left out, and pages are full all the same.
      while (isMore && items.length <= limit) {
        const page = await operations.list({
          limit: limit + 1,
          ...(cluster === undefined ? {} : { cluster }),
          ...(state === undefined ? {} : { state }),
          ...(before === undefined ? {} : { before }),
        });
        items.push(...page.filter((one) => maySeeOperation(principal, one)));
        isMore = page.length > limit;
        before = page.at(-1);
      }
      const shown = items.slice(0, limit);
      const last = shown.at(-1);
      return {
        items: shown.map((operation) => operationView(operation)),
        ...(items.length > limit && last !== undefined ? { next: cursorOf(last) } : {}),
      };
    }),

    implement(clustersRoutes.getOperation, async ({ params, query, principal }) => {
      const operation = await seen(principal, params.operation);
      const progress = await operations.progress(operation.id, query.after);
      return { ...operationView(operation), progress: progress.map(lineView) };
    }),

    implement(clustersRoutes.followOperation, async ({ params, principal, signal }) => {
      const { id } = await seen(principal, params.operation);
      return (async function* follow(): AsyncGenerator<OutgoingEvent> {
        let after = 0;
        while (!signal.aborted) {
          // Looked at first: what it said before it ended is then all there.
          const operation = await operations.get(id);
          for (const line of await operations.progress(id, after)) {
            after = line.number;
            yield { id: `${line.number}`, data: { line: lineView(line) } };
          }
          if (operation === undefined) return;
          if (operation.state !== "running") {
            yield { event: "ended", data: { operation: operationView(operation) } };
            return;
          }
          await clock.sleep(LOOK_SECONDS * 1000, signal);
        }
      })();
    }),

    implement(clustersRoutes.cancelOperation, async ({ params, principal, audit }) => {
      const operation = await seen(principal, params.operation);
      const { id, kind, cluster, image } = operation;
      audit.target(cluster === undefined ? `image ${image}` : `cluster ${cluster}`);
      audit.detail({ operation: id, kind });
      const least = OF_OPERATORS.has(kind) ? "operator" : "administrator";
      if (!isAtLeastOn(principal, cluster ?? "*", least)) {
        throw new SluiceError("NOT_ALLOWED", "user", `this needs the role ${least}`, {
          hint: "ask an administrator of the site for it",
        });
      }
      return operationView(await operations.cancel(id));
    }),
  ];
}

/** Kinds that operators may ask for, and so may call off. */
const OF_OPERATORS: ReadonlySet<Operation["kind"]> = new Set(["update-compute-fleet"]);

function lineView({ number, time, resource, status, message }: ProgressLine) {
  return { number, time: time.toISOString(), resource, status, message };
}

function cursorOf({ createdAt, id }: Pick<Operation, "createdAt" | "id">): string {
  return `${createdAt.getTime()}.${id}`;
}

function positionOf(cursor: string): { readonly createdAt: Date; readonly id: string } {
  const [, time, id] = /^([0-9]{1,15})\.([0-9a-f-]{36})$/.exec(cursor) ?? [];
  if (time === undefined || id === undefined) {
    throw new SluiceError("REQUEST_INVALID", "user", "the cursor is not one of this list", {
      hint: "give `next` of the page before",
    });
  }
  return { createdAt: new Date(Number(time)), id };
}
