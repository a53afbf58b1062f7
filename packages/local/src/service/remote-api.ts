import { SluiceError } from "@sluice/model";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { readGatewayKeys } from "../gateway.ts";
import { machineInit } from "../host/processes.ts";
import { argvFor, collect, inMachine } from "../shell.ts";
import type { Clusters } from "./clusters.ts";
import { fenceCluster } from "./fence-cluster.ts";
import type { Fleet } from "./fleet.ts";
import { commonAddress } from "./head-slots.ts";
import { readRegister, writeRegister } from "./leadership-api.ts";
import { siteOwner } from "./site-paths.ts";
import type { Sites } from "./sites.ts";
import type { LocalStore } from "./store.ts";
import type { Zones } from "./zones.ts";

const word = z.string().max(1 << 20);
const execSchema = z.object({
  argv: z.array(word).min(1),
  user: z.string().min(1).max(100),
  cwd: z.string().max(4096).optional(),
  env: z.record(z.string().regex(/^\w+$/), word).optional(),
});
const machineExecSchema = z.object({ argv: z.array(word).min(1) });

export interface RemoteParts {
  readonly clusters: Clusters;
  readonly fleet: Fleet;
  readonly sites: Sites;
  readonly store: LocalStore;
  readonly zones: Zones;
}

/** What a client on the host does by itself, for those who are not on the host. */
export function serveRemote(app: FastifyInstance, parts: RemoteParts): void {
  const { clusters, zones, sites, fleet, store } = parts;
  type Named = { Params: { name: string } };
  type OneMachine = { Params: { name: string; node: string } };

  app.post<Named>("/clusters/:name/exec", async ({ params: { name }, body, raw }) => {
    const { cwd, env, ...request } = execSchema.parse(body);
    clusters.require(name);
    const leader = clusters.heads.leader(name);
    const isReached = leader !== undefined && zones.isReachable(leader);
    const pid = isReached && leader.pid !== null ? machineInit(leader.pid) : undefined;
    if (pid === undefined) {
      throw new SluiceError("HEAD_NOT_RUNNING", "user", `the head of ${name} is off`, {
        hint: `sluice start-cluster -n ${name}`,
      });
    }
    const wanted = {
      ...request,
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
    };
    const over = new AbortController();
    raw.socket.once("close", () => over.abort());
    return collect(argvFor(pid, wanted, false), over.signal);
  });
  app.post<Named>("/clusters/:name/fence", async ({ params: { name } }) => ({
    state: await fenceCluster(parts, clusters.require(name)),
  }));
  const ownerOf = (name: string): string => clusters.require(name).row.id;
  app.post<Named>("/clusters/:name/registers/read", async ({ params: { name }, body }) =>
    readRegister(store, ownerOf(name), body),
  );
  app.post<Named>("/clusters/:name/registers/write", async ({ params: { name }, body }) =>
    writeRegister(store, ownerOf(name), body),
  );
  app.get<Named>("/clusters/:name/gateway", async ({ params: { name } }) => {
    const { paths, range } = clusters.require(name);
    const keys = await readGatewayKeys(paths.volume);
    if (keys === undefined) return null;
    return { ...keys, jwtKey: keys.jwtKey.toString("base64"), host: commonAddress(range) };
  });
  app.post<OneMachine>("/sites/:name/machines/:node/exec", async ({ params, body, raw }) => {
    const { name, node } = params;
    const { argv } = machineExecSchema.parse(body);
    const found = sites.describe(name)?.machines.find((machine) => machine.node === node);
    const row = found && fleet.find(siteOwner(name), found.id);
    const pid =
      row !== undefined && row.pid !== null && zones.isReachable(row)
        ? machineInit(row.pid)
        : undefined;
    if (pid === undefined) {
      throw new SluiceError("MACHINE_NOT_RUNNING", "user", `${node} of site ${name} is off`, {
        hint: `see how its zones are (sluice describe-site -n ${name})`,
      });
    }
    const over = new AbortController();
    raw.socket.once("close", () => over.abort());
    return collect(inMachine(pid, argv), over.signal);
  });
}
