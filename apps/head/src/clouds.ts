import type { HeadCloud } from "@sluice/cloud";
import { type ClusterConfig, SluiceError } from "@sluice/model";

interface HeadCloudOptions {
  readonly config: ClusterConfig;
  readonly slurmVersion: string;
  /** `HeadIdentity.cloud`. */
  readonly cloud: Readonly<Record<string, string>>;
  /** What the cloud said before is not good enough. */
  readonly isFresh: boolean;
}

/** The head's side of each cloud, loaded when it is this head's. */
const CLOUDS: Readonly<Record<string, (options: HeadCloudOptions) => Promise<HeadCloud>>> = {
  local: async (options) => (await import("@sluice/local/head")).createLocalHeadCloud(options),
  aws: async (options) => (await import("@sluice/aws/head")).createAwsHeadCloud(options),
};

export function headCloud(provider: string, options: HeadCloudOptions): Promise<HeadCloud> {
  const create = CLOUDS[provider];
  if (create !== undefined) return create(options);
  throw new SluiceError(
    "PROVIDER_UNAVAILABLE",
    "user",
    `this head has no adapter for provider ${provider}`,
  );
}
