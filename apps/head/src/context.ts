import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { HEAD_LAYOUT, type HeadIdentity } from "@sluice/boot";
import type { HeadCloud } from "@sluice/cloud";
import { type ClusterConfig, SluiceError } from "@sluice/model";
import type { SlurmVersion } from "@sluice/slurm";
import { headCloud } from "./clouds.ts";
import { clusterStateFile, configOf, type InForce } from "./cluster-state.ts";
import { run } from "./run.ts";

/** What this head is, from what its user data brought and from the machine itself. */
export interface HeadContext {
  readonly clusterName: string;
  readonly config: ClusterConfig;
  readonly slurmVersion: SlurmVersion;
  /** IPv4 on the cluster's network: the one that the cluster's head has, whichever machine it is. */
  readonly address: string;
  readonly cloud: HeadCloud;
}

/** With the cluster file that is in force. */
export async function readContext(): Promise<HeadContext> {
  return readContextWith(readConfig());
}

/**
 * With that cluster file.
 *
 * @param options.isFresh what the cloud said before is not good enough.
 */
export async function readContextWith(
  config: ClusterConfig,
  { isFresh = false } = {},
): Promise<HeadContext> {
  const { clusterName, provider, cloud = {} } = readIdentity();
  const slurmVersion = await installedSlurm();
  const opened = await headCloud(provider, { config, slurmVersion, cloud, isFresh });
  return {
    clusterName,
    config,
    slurmVersion,
    address: opened.leadership?.address ?? ownAddress(),
    cloud: opened,
  };
}

/** What needs no cloud. */
export type HeadFacts = Omit<HeadContext, "cloud">;

/** With the cluster file that is in force, and without asking anybody. */
export async function readFacts(): Promise<HeadFacts> {
  return {
    clusterName: readIdentity().clusterName,
    config: readConfig(),
    slurmVersion: await installedSlurm(),
    address: commonAddress() ?? ownAddress(),
  };
}

/** The cluster file that is in force. */
export function readConfig(): ClusterConfig {
  const state = clusterStateFile(HEAD_LAYOUT.clusterState).read();
  return configOf(state?.inForce ?? fileOfUserData());
}

/**
 * The file for a head that comes up, as the volume says; undefined where that is new. What was being
 * loaded when the head before this one ended may be refused: not by this one.
 */
export function fileInForce(): InForce | undefined {
  const state = clusterStateFile(HEAD_LAYOUT.clusterState).read();
  return state?.update?.loading?.before ?? state?.inForce;
}

/** The cluster file that this machine was made with. */
export function fileOfUserData(): InForce {
  const { fileVersion = 1 } = readIdentity();
  return {
    kind: "file",
    version: fileVersion,
    text: readFileSync(HEAD_LAYOUT.clusterFile, "utf8"),
  };
}

function readIdentity(): HeadIdentity {
  return JSON.parse(readFileSync(HEAD_LAYOUT.headFile, "utf8")) as HeadIdentity;
}

async function installedSlurm(): Promise<SlurmVersion> {
  const text = await run(["slurmctld", "-V"]);
  const match = /(\d+)\.(\d+)/.exec(text);
  if (match === null) {
    throw new SluiceError(
      "SLURM_VERSION_UNKNOWN",
      "system",
      `slurmctld -V says ${JSON.stringify(text.trim())}`,
    );
  }
  // Kept as Slurm writes it: 22.05, not 22.5.
  return match[0] as SlurmVersion;
}

/** Of two machines that are the head in turn, as set-up has left it. */
function commonAddress(): string | undefined {
  try {
    return readFileSync(HEAD_LAYOUT.address, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const own = all.find(({ family, internal }) => family === "IPv4" && !internal);
  if (own !== undefined) return own.address;
  throw new SluiceError(
    "HEAD_NO_ADDRESS",
    "system",
    "this machine has no IPv4 address besides loopback",
  );
}
