import { demoClusterFile, FakeCloud } from "@sluice/lifecycle/testing";
import { type Account, SluiceError } from "@sluice/model";
import { main } from "../cli.ts";
import {
  accountUnavailable,
  type CloudPlace,
  type Clouds,
  providerUnavailable,
} from "../clouds.ts";
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
  /** The cloud in an account, when there is one. */
  readonly far: FarCloud | undefined;
  (...argv: readonly string[]): Promise<Outcome>;
}

interface SluiceOptions {
  readonly terminal?: boolean;
  readonly host?: Recording;
  /** What `--online` asks; none when missing. */
  readonly account?: Account;
  /** A second cloud, in an account, called `aws`. */
  readonly far?: FarCloud;
}

export interface FarCloud {
  readonly cloud: FakeCloud;
  isAtHand: boolean;
  /** Why it can't be opened. */
  refusal: SluiceError | undefined;
  /** Places that it was opened for. */
  readonly opened: CloudPlace[];
}

const FARAWAY = `Region: eu-central-1
Image: {Os: debian13}
HeadNode: {InstanceType: t3.medium}
Scheduling:
  SlurmQueues: [{Name: main, ComputeResources: [{Name: small, InstanceType: c5.large}]}]
`;

/** A cloud in an account with everything that such clouds have. */
export function farCloud(host: Recording): FarCloud & { readonly host: Recording } {
  const cloud = new FakeCloud(host.clock, "aws");
  cloud.openAccount();
  return { host, cloud, isAtHand: true, refusal: undefined, opened: [] };
}

/** The command line on a fake cloud, with `demo.yaml` and `faraway.yaml` in its folder. */
export function sluice({
  terminal = false,
  host = recordingHost(terminal),
  account,
  far,
}: SluiceOptions = {}): Sluice {
  const cloud = new FakeCloud(host.clock);
  host.files.set("demo.yaml", demoClusterFile());
  host.files.set("faraway.yaml", FARAWAY);
  const clouds: Clouds = {
    providers: far === undefined ? ["local"] : ["local", "aws"],
    isAtHand: async (provider) => provider === "local" || far?.isAtHand === true,
    open: async (provider, place) => {
      if (provider === "local") return cloud;
      if (provider !== "aws" || far === undefined) throw providerUnavailable(provider, ["local"]);
      far.opened.push(place);
      if (far.refusal !== undefined) throw far.refusal;
      return far.cloud;
    },
    administratorPolicy: async (provider, wish) => {
      if (provider === "aws") return { Version: "2012-10-17", Statement: [wish] };
      throw new SluiceError("UNSUPPORTED_BY_PROVIDER", "user", `${provider} knows no policies`);
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
  return Object.assign(call, { host, cloud, far });
}

/** The same with the cluster `demo` in service. */
export async function sluiceWithDemo(options: { terminal?: boolean } = {}): Promise<Sluice> {
  const run = sluice(options);
  const { code, err } = await run("create-cluster", "-n", "demo", "-c", "demo.yaml");
  if (code !== 0) throw new Error(err);
  return run;
}
