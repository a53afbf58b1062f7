import { demoClusterFile, FakeCloud } from "@sluice/lifecycle/testing";
import type { Account } from "@sluice/model";
import { main } from "../cli.ts";
import { accountUnavailable, type Clouds, providerUnavailable } from "../clouds.ts";
import { type Recording, recordingHost } from "./recording-host.ts";

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Standard output, read as the JSON document that it must be. */
  json<T = unknown>(): T;
  /** The last line of standard error, read as the JSON error that it must be. */
  error(): { code: string; source: string; message: string; hint?: string };
}

export interface Sluice {
  readonly host: Recording;
  readonly cloud: FakeCloud;
  (...argv: readonly string[]): Promise<Outcome>;
}

interface SluiceOptions {
  readonly terminal?: boolean;
  readonly host?: Recording;
  /** What `--online` asks; none when missing. */
  readonly account?: Account;
}

/** The command line on a fake cloud, with `demo.yaml` in its folder. */
export function sluice({
  terminal = false,
  host = recordingHost(terminal),
  account,
}: SluiceOptions = {}): Sluice {
  const cloud = new FakeCloud(host.clock);
  host.files.set("demo.yaml", demoClusterFile());
  const clouds: Clouds = {
    providers: ["local"],
    open: async (provider) => {
      if (provider !== "local") throw providerUnavailable(provider, ["local"]);
      return cloud;
    },
    openAccount: async (provider) => {
      if (account === undefined) throw accountUnavailable(provider);
      return account;
    },
  };
  const call = async (...argv: readonly string[]): Promise<Outcome> => {
    const before = { out: host.out.length, err: host.err.length };
    const code = await main(argv, host, clouds);
    const out = host.out.slice(before.out);
    const err = host.err.slice(before.err);
    return {
      code,
      out,
      err,
      json: () => JSON.parse(out),
      error: () => JSON.parse(err.trimEnd().split("\n").at(-1) ?? ""),
    };
  };
  return Object.assign(call, { host, cloud });
}

/** The same with the cluster `demo` in service. */
export async function sluiceWithDemo(options: { terminal?: boolean } = {}): Promise<Sluice> {
  const run = sluice(options);
  const { code, err } = await run("create-cluster", "-n", "demo", "-c", "demo.yaml");
  if (code !== 0) throw new Error(err);
  return run;
}
