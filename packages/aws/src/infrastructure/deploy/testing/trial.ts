import type { Cloud, Progress } from "@sluice/cloud";
import { type ClusterConfig, parseClusterFile } from "@sluice/model";
import { sha256 } from "../../../bucket.ts";
import { createAwsCloud } from "../../../cloud.ts";
import { Region } from "../../../testing/region/region.ts";
import { SimulatedHeads } from "./simulated-heads.ts";

/** A region whose heads answer, and the cloud in it, as one who may do anything. */
export interface Trial extends AsyncDisposable {
  readonly region: Region;
  readonly heads: SimulatedHeads;
  readonly cloud: Cloud;
  cloudAs(
    credentials: { accessKeyId: string; secretAccessKey: string },
    /** That it is a server of. */
    site?: string,
  ): Promise<Cloud>;
}

const archive = new TextEncoder().encode("an archive");

export async function startTrial(): Promise<Trial> {
  const heads = new SimulatedHeads();
  const region = await Region.start({ hypervisor: heads });
  heads.region = region;
  const cloudAs: Trial["cloudAs"] = (credentials, site) =>
    createAwsCloud({
      ...(site === undefined ? {} : { site }),
      region: region.name,
      endpoint: region.endpoint,
      credentials,
      lookEvery: 20,
      bundles: async () => ({ archive, sha256: sha256(archive) }),
      server: async () => archive,
    });
  return {
    region,
    heads,
    cloud: await cloudAs(region.credentials),
    cloudAs,
    async [Symbol.asyncDispose]() {
      await heads.idle();
      await region.close();
    },
  };
}

export const PLAIN = `Provider: aws
Region: eu-central-1
Image: {Os: debian13}
HeadNode: {InstanceType: m7i.large}
Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - Name: q
      ComputeResources: [{Name: c, InstanceType: c7i.xlarge, MaxCount: 4}]
`;

/** The same with another queue, and an alarm fewer, which is the stack's affair. */
export const BIGGER = `${PLAIN}    - Name: p
      ComputeResources: [{Name: c, InstanceType: c7i.xlarge, MaxCount: 4}]
Monitoring: {Dashboards: {CloudWatch: {Enabled: false}}}
`;

export function config(text: string): ClusterConfig {
  const parsed = parseClusterFile(text, { fileName: "cluster.yaml" });
  if (parsed.ok) return parsed.config;
  throw new Error(parsed.findings.map(({ message }) => message).join("\n"));
}

export function requestFor(name: string, text = PLAIN) {
  return { name, config: config(text), configText: text };
}

/** Options of long work that remember what was told. */
export function watching(abort = new AbortController()) {
  const seen: Progress[] = [];
  return {
    seen,
    abort,
    onProgress: (progress: Progress) => {
      seen.push(progress);
    },
    signal: abort.signal,
    lines: () => seen.map(({ resource, status, message }) => `${resource} ${status} ${message}`),
  };
}
