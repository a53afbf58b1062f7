import { renderHeadUserData } from "@sluice/boot";
import type {
  ApplyOptions,
  ApplyRequest,
  ClusterRecord,
  FileVersion,
  Infrastructure,
  KeptFile,
  Machine,
  Progress,
  Registers,
  RegisterValue,
} from "@sluice/cloud";
import type { SocketClient } from "../client.ts";
import { machineFromWire, progressFromWire, recordFromWire, type Wire } from "../wire.ts";

/** The long-lived things of the local cloud, asked of its service. */
export function localInfrastructure(connect: () => Promise<SocketClient>): Infrastructure {
  const at = (name: string, verb = ""): string =>
    `/clusters/${encodeURIComponent(name)}${verb === "" ? "" : `/${verb}`}`;
  const long = async <T>(
    name: string,
    verb: string,
    body: unknown,
    options: ApplyOptions,
  ): Promise<T> => {
    const client = await connect();
    const onProgress = (progress: Wire<Progress>): void =>
      options.onProgress(progressFromWire(progress));
    return client.work<T>(at(name, verb), body, onProgress, options.signal);
  };
  const bodyOf = (
    { name, config, configText, site }: ApplyRequest,
    fileVersion: number,
  ): object => ({
    configText,
    ...(site === undefined ? {} : { site }),
    headUserData: renderHeadUserData({
      clusterName: name,
      provider: config.Provider,
      fileVersion,
      configText,
    }),
  });
  const filesOf = async (name: string): Promise<readonly KeptFile[]> => {
    const kept = await (await connect()).call<Wire<KeptFile>[]>("GET", at(name, "files"));
    return kept.map((file) => ({ ...file, givenAt: new Date(file.givenAt) }));
  };

  return {
    async plan(request) {
      return (await connect()).call("POST", at(request.name, "plan"), bodyOf(request, 1));
    },
    async apply(request, options) {
      return recordFromWire(
        await long<Wire<ClusterRecord>>(
          request.name,
          "apply",
          { ...bodyOf(request, 1), keepOnFailure: options.keepOnFailure ?? false },
          options,
        ),
      );
    },
    async update(request) {
      const next = (await filesOf(request.name)).length + 1;
      const body = { ...bodyOf(request, next), replaces: request.replaces };
      return (await connect()).call<FileVersion>("POST", at(request.name, "update"), body);
    },
    files: filesOf,
    destroy: (name, options) => {
      const { retainAccounting, retainStorage = false } = options;
      return long(name, "destroy", { retainAccounting, retainStorage }, options);
    },
    async stopHead(name, options) {
      await long(name, "stop-head", {}, options);
    },
    async startHead(name, options) {
      await long(name, "start-head", {}, options);
    },
    async fence(name) {
      const { state } = await (await connect()).call<{ state: "off" | "unsure" }>(
        "POST",
        at(name, "fence"),
      );
      return state;
    },
    registers: (name) => registersOf(connect, at(name)),
    async replaceHead(request, options) {
      const { name, machine, isReversible, replaces } = request;
      const next = (await filesOf(name)).length + 1;
      const body = { ...bodyOf(request, next), replaces, machine, isReversible };
      await long(name, "replace-head", body, options);
    },
    async describe(name) {
      const record = await (await connect()).call<Wire<ClusterRecord> | null>("GET", at(name));
      return record === null ? undefined : recordFromWire(record);
    },
    async list() {
      return (await (await connect()).call<Wire<ClusterRecord>[]>("GET", "/clusters")).map(
        recordFromWire,
      );
    },
    async events(name) {
      return (await (await connect()).call<Wire<Progress>[]>("GET", at(name, "events"))).map(
        progressFromWire,
      );
    },
    async machines(name) {
      return (await (await connect()).call<Wire<Machine>[]>("GET", at(name, "machines"))).map(
        machineFromWire,
      );
    },
  };
}

/** Those of the cluster with this path. */
function registersOf(connect: () => Promise<SocketClient>, path: string): Registers {
  return {
    async read(name, options) {
      const call = { signal: options?.signal };
      const client = await connect();
      const value = await client.call<RegisterValue | null>(
        "POST",
        `${path}/registers/read`,
        { name },
        call,
      );
      return value ?? undefined;
    },
    async write(name, text, expected, options) {
      const { tag } = await (await connect()).call<{ tag: string | null }>(
        "POST",
        `${path}/registers/write`,
        { name, text, expected: expected ?? null },
        { signal: options?.signal },
      );
      return tag ?? undefined;
    },
  };
}
