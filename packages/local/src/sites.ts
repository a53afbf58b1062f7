import {
  type ApplyOptions,
  type ExecResult,
  type Progress,
  pipeProcess,
  type SiteRecord,
  type SiteSecrets,
  type Sites,
} from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import type { SocketClient } from "./client.ts";
import { argvFor } from "./shell.ts";
import { machineFromWire, progressFromWire, type Wire } from "./wire.ts";

/** Sites of the local cloud, with what only it can do. A cluster joins by `ApplyRequest.site`. */
export interface LocalSites extends Sites {
  /** Pulls the plug of a machine of a site; it is made anew. */
  pullPlug(name: string, node: string): Promise<void>;
  console(name: string, node: string): Promise<string>;
}

/** Of the server on a machine of a site, while there is no administrator. */
const FIRST_LINK = "/var/lib/sluice/server/first-link";

const EXEC_TIMEOUT_MS = 600_000;

/** Sites, asked of the service. */
export function localSites(connect: () => Promise<SocketClient>): LocalSites {
  const at = (name: string, verb = ""): string => `/sites/${encodeURIComponent(name)}${verb}`;
  const machine = (name: string, node: string, verb: string): string =>
    at(name, `/machines/${encodeURIComponent(node)}/${verb}`);
  const long = async <T>(url: string, body: object, options: ApplyOptions): Promise<T> => {
    const client = await connect();
    const onProgress = (wire: Wire<Progress>): void => options.onProgress(progressFromWire(wire));
    return client.work<T>(url, body, onProgress, options.signal);
  };
  const exec: Sites["exec"] = async (name, node, argv, options) => {
    const url = machine(name, node, "exec");
    const call = { timeoutMs: EXEC_TIMEOUT_MS, signal: options?.signal };
    return (await connect()).call<ExecResult>("POST", url, { argv }, call);
  };
  return {
    async plan({ name, ...body }) {
      return (await connect()).call("POST", at(name, "/plan"), body);
    },
    async apply({ name, ...body }, options) {
      return siteFromWire(await long<Wire<SiteRecord>>(at(name, "/apply"), body, options));
    },
    destroy: (name, options) =>
      long(at(name, "/destroy"), { retainStorage: options.retainStorage }, options),
    async describe(name) {
      const record = await (await connect()).call<Wire<SiteRecord> | null>("GET", at(name));
      return record === null ? undefined : siteFromWire(record);
    },
    async list() {
      return (await (await connect()).call<Wire<SiteRecord>[]>("GET", "/sites")).map(siteFromWire);
    },
    async events(name) {
      const events = await (await connect()).call<Wire<Progress>[]>("GET", at(name, "/events"));
      return events.map(progressFromWire);
    },
    async replaceMachine(name, node, options) {
      await long(machine(name, node, "replace"), {}, options);
    },
    async pullPlug(name, node) {
      await (await connect()).call("POST", machine(name, node, "pull"), {});
    },
    async console(name, node) {
      const url = machine(name, node, "console");
      return (await (await connect()).call<{ text: string }>("GET", url)).text;
    },
    exec,
    async pipe(name, node, argv, streams) {
      const url = machine(name, node, "process");
      const { pid } = await (await connect()).call<{ pid: number | null }>("GET", url);
      if (pid !== null) return pipeProcess(argvFor(pid, { argv, user: "root" }, false), streams);
      throw new SluiceError("SITE_MACHINE_OFF", "system", `${node} of site ${name} is off`, {
        hint: `wait until it is made anew: sluice describe-site -n ${name}`,
      });
    },
    async secrets(name) {
      return (await connect()).call<SiteSecrets>("GET", at(name, "/secrets"));
    },
    async keepSecret(name, secret, content) {
      const body = { name: secret, content: Buffer.from(content).toString("base64") };
      const url = at(name, "/secrets");
      const kept = await (await connect()).call<{ content: string }>("POST", url, body);
      return Buffer.from(kept.content, "base64").toString();
    },
    async firstLink(name) {
      const record = await (await connect()).call<Wire<SiteRecord> | null>("GET", at(name));
      for (const { node } of record?.machines ?? []) {
        const { exitCode, stdout } = await exec(name, node, ["cat", FIRST_LINK]);
        if (exitCode === 0) return { url: stdout.trim() };
      }
      return undefined;
    },
  };
}

function siteFromWire(wire: Wire<SiteRecord>): SiteRecord {
  return {
    ...wire,
    createdAt: new Date(wire.createdAt),
    updatedAt: new Date(wire.updatedAt),
    machines: wire.machines.map((one) => ({
      ...machineFromWire(one),
      ...{ isReady: one.isReady },
      ...(one.os === undefined ? {} : { os: one.os }),
    })),
  } as SiteRecord;
}
