import type { JobApiConfig } from "@sluice/model";
import type { ApplyOptions, SynthesisedFile } from "./infrastructure.ts";

export interface JobApiRequest {
  readonly cluster: string;
  readonly config: JobApiConfig;
}

/** A job API as it is. */
export interface JobApiRecord {
  readonly cluster: string;
  /** The cloud's own word for how far it is, such as `CREATE_COMPLETE`. */
  readonly status: string;
  readonly statusReason: string | undefined;
  /** Where clients point; undefined until it is made. */
  readonly endpoint: string | undefined;
  /** Where jobs are uploaded to; undefined where the file has no uploads. */
  readonly uploadBucket: string | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Slurm's REST API of clusters as a service of the cloud, with jobs by upload. */
export interface JobApis {
  /** What `deploy` would give the cloud, made without asking it. */
  synthesise(request: JobApiRequest): Promise<readonly SynthesisedFile[]>;
  /** Makes it, or changes what is there to what the file says now. */
  deploy(request: JobApiRequest, options: ApplyOptions): Promise<JobApiRecord>;
  /** Undefined when the cluster has none. */
  describe(cluster: string): Promise<JobApiRecord | undefined>;
  /** @returns what stays: scripts that people uploaded. */
  destroy(cluster: string, options: ApplyOptions): Promise<{ readonly kept: readonly string[] }>;
}
