import { CloudError } from "@sluice/cloud";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Fleet } from "./fleet.ts";
import type { MachineRow } from "./store.ts";
import type { Zones, ZonesState } from "./zones.ts";

const zoneSchema = z.object({ zone: z.string().max(100) });
const slowSchema = zoneSchema.extend({
  /** As `tc` takes it; at least what a machine boots with in reasonable time. */
  rate: z.string().regex(/^[1-9]\d{0,8}(kbit|mbit|gbit)$/, "give a rate such as 500kbit or 10mbit"),
});
const machineSchema = z.object({ id: z.string().max(100), cluster: z.string().max(100) });

/**
 * Zones and what happens to them, for root on the host. `owner` is a cluster or `site:NAME`. Each
 * answers with the states as they are then.
 */
export function serveZones(
  app: FastifyInstance,
  { zones, fleet }: { readonly zones: Zones; readonly fleet: Fleet },
): void {
  type Owned = { Params: { owner: string } };
  const act = (
    verb: string,
    work: (owner: string, body: unknown) => Promise<void>,
  ): FastifyInstance =>
    app.post<Owned>(`/zones/:owner/${verb}`, async ({ params: { owner }, body }) => {
      await work(owner, body);
      return zones.states(owner);
    });
  const machine = (body: unknown): MachineRow => {
    const { id, cluster } = machineSchema.parse(body);
    const row = fleet.find(cluster, id);
    if (row === undefined) throw new CloudError("NotFound", `${cluster} has no machine ${id}`);
    return row;
  };

  app.get<Owned>(
    "/zones/:owner",
    async ({ params: { owner } }): Promise<ZonesState> => zones.states(owner),
  );
  act("fail", (owner, body) => zones.fail(owner, zoneSchema.parse(body).zone));
  act("heal", (owner, body) => zones.heal(owner, zoneSchema.parse(body).zone));
  act("cut", (owner, body) => zones.cut(owner, zoneSchema.parse(body).zone));
  act("part", (owner) => zones.part(owner));
  act("slow", (owner, body) => {
    const { zone, rate } = slowSchema.parse(body);
    return zones.slow(owner, zone, rate);
  });
  act("cut-machine", (owner, body) => zones.cutMachine(owner, machine(body)));
  act("heal-machine", (owner, body) => zones.healMachine(owner, machine(body)));
  act("freeze-machine", async (_, body) => zones.freezeMachine(machine(body)));
  act("thaw-machine", async (_, body) => zones.thawMachine(machine(body)));
  app.post<Owned>("/zones/:owner/awake", async ({ body }) => ({
    names: zones.awake(machine(body)),
  }));
}
