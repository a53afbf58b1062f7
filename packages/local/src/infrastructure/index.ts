import type {
  ApplyOptions,
  ApplyRequest,
  ClusterRecord,
  FileVersion,
  Infrastructure,
  KeptFile,
  Machine,
  Progress,
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
  const bodyOf = ({ configText, headUserData }: ApplyRequest): object => ({
    configText,
    headUserData,
  });

  return {
    async plan(request) {
      return (await connect()).call("POST", at(request.name, "plan"), bodyOf(request));
    },
    async apply(request, options) {
      return recordFromWire(
        await long<Wire<ClusterRecord>>(request.name, "apply", bodyOf(request), options),
      );
    },
    async update(request) {
      const body = { ...bodyOf(request), replaces: request.replaces };
      return (await connect()).call<FileVersion>("POST", at(request.name, "update"), body);
    },
    async files(name) {
      const kept = await (await connect()).call<Wire<KeptFile>[]>("GET", at(name, "files"));
      return kept.map((file) => ({ ...file, givenAt: new Date(file.givenAt) }));
    },
    destroy: (name, options) =>
      long(name, "destroy", { retainAccounting: options.retainAccounting }, options),
    async stopHead(name, options) {
      await long(name, "stop-head", {}, options);
    },
    async startHead(name, options) {
      await long(name, "start-head", {}, options);
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
