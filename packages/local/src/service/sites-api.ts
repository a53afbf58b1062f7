import { CloudError, type SiteRequest } from "@sluice/cloud";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { machineInit } from "../host/processes.ts";
import type { Fleet } from "./fleet.ts";
import { SECRETS_ROUTE } from "./site-backups.ts";
import { siteOwner } from "./site-paths.ts";
import type { Sites } from "./sites.ts";
import type { MachineRow } from "./store.ts";
import type { RunningWork } from "./stream.ts";

const applySchema = z.object({
  text: z.string().max(1 << 20),
  clusters: z.record(z.string(), z.string().max(1 << 20)),
  serverText: z
    .string()
    .max(1 << 16)
    .optional(),
  secrets: z.record(z.string(), z.base64().max(1 << 18)).optional(),
});
const secretSchema = z.object({ name: z.string(), content: z.base64().max(1 << 18) });
const destroySchema = z.object({ retainStorage: z.boolean() });
/** Bytes of a console that root on the host gets. */
const WHOLE_CONSOLE = 4 << 20;

/** Sites, for root on the host. */
export function serveSites(
  app: FastifyInstance,
  { sites, fleet }: { readonly sites: Sites; readonly fleet: Fleet },
  work: RunningWork,
): void {
  type Named = { Params: { name: string } };
  type OneMachine = { Params: { name: string; node: string } };
  const machine = ({ name, node }: OneMachine["Params"]): MachineRow => {
    const found = sites.describe(name)?.machines.find((one) => one.node === node);
    const row = found && fleet.find(siteOwner(name), found.id);
    if (row !== undefined) return row;
    throw new CloudError("NotFound", `site ${name} has no machine ${node}`);
  };
  const wanted = (name: string, body: unknown): SiteRequest => {
    const { secrets, serverText, ...files } = applySchema.parse(body);
    return {
      ...{ name, ...files },
      ...(secrets === undefined ? {} : { secrets }),
      ...(serverText === undefined ? {} : { serverText }),
    };
  };

  app.get("/sites", async () => sites.list());
  app.get<Named>("/sites/:name", async ({ params }) => sites.describe(params.name) ?? null);
  app.get<Named>("/sites/:name/events", async ({ params }) => sites.events(params.name));
  app.post<Named>("/sites/:name/plan", async ({ params: { name }, body }) =>
    sites.plan(wanted(name, body)),
  );
  app.post<Named>("/sites/:name/apply", async (request, reply) => {
    const site = wanted(request.params.name, request.body);
    await work.stream(request, reply, (onProgress, signal) =>
      sites.apply(site, { onProgress, signal }),
    );
  });
  app.post<Named>("/sites/:name/destroy", async (request, reply) => {
    const { retainStorage } = destroySchema.parse(request.body);
    await work.stream(request, reply, (onProgress, signal) =>
      sites.destroy(request.params.name, { onProgress, signal, retainStorage }),
    );
  });
  app.get<Named>(SECRETS_ROUTE, async ({ params }) => sites.secrets(params.name));
  app.post<Named>(SECRETS_ROUTE, async ({ params, body }) => {
    const { name, content } = secretSchema.parse(body);
    return { content: await sites.keepSecret(params.name, name, content) };
  });
  app.get<OneMachine>("/sites/:name/machines/:node/process", async ({ params }) => {
    const { pid } = machine(params);
    return { pid: (pid === null ? undefined : machineInit(pid)) ?? null };
  });
  app.get<OneMachine>("/sites/:name/machines/:node/console", async ({ params }) => ({
    text: await fleet.console(machine(params), WHOLE_CONSOLE),
  }));
  app.post<OneMachine>("/sites/:name/machines/:node/replace", async (request, reply) => {
    const { name, node } = request.params;
    await work.stream(request, reply, (onProgress, signal) =>
      sites.replaceMachine(name, node, { onProgress, signal }),
    );
  });
  app.post<OneMachine>("/sites/:name/machines/:node/pull", async ({ params }) => {
    const row = machine(params);
    fleet.pull(row.id);
    await fleet.whenGone(row.id);
    return {};
  });
}
