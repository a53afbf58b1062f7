import { Readable } from "node:stream";
import { accountingRoutes } from "@sluice/api";
import { csvOfUse } from "../accounting/csv.ts";
import { type UseParts, useOf } from "../accounting/use.ts";
import type { Waits } from "../accounting/waits.ts";
import { maySee } from "../clusters/sight.ts";
import { sendAsAttachment } from "../files/attachment.ts";
import { type Implementation, implement } from "../http/handler.ts";

export type AccountingParts = UseParts;

/** What was used, and how long was waited. */
export function accountingImplementations(
  parts: AccountingParts,
  waits: Waits,
): readonly Implementation[] {
  const { clusters } = parts;
  return [
    implement(accountingRoutes.getUse, ({ principal, query }) => useOf(parts, principal, query)),

    implement(accountingRoutes.exportUse, async ({ principal, query, reply }) => {
      const use = await useOf(parts, principal, query);
      sendAsAttachment(reply, `use-${use.from}-${use.to}.csv`);
      reply.type("text/csv; charset=utf-8");
      return Readable.from([csvOfUse(use, query.by)]);
    }),

    implement(accountingRoutes.listWaits, async ({ principal, query }) => {
      const names = (await clusters.list())
        .map(({ name }) => name)
        .filter((name) => maySee(principal, name))
        .filter((name) => query.cluster === undefined || query.cluster.includes(name));
      return { items: names.flatMap((name) => waits.of(name)) };
    }),
  ];
}
