import { type Clock, SluiceError } from "@sluice/model";
import { ObjectStore } from "../../bucket.ts";
import type { Bundles } from "../../bundle.ts";
import type { Clients } from "../../clients.ts";
import { bucketName } from "../../names.ts";
import type { AccountPlace } from "./account.ts";

/** What everything that deploys is given. */
export interface DeployContext {
  readonly clients: Clients;
  readonly clock: Clock;
  readonly bundles: Bundles;
  /** The account; asked for once. */
  place(): Promise<AccountPlace>;
  /** A name's part that no other cluster has: 8 hexadecimal digits. */
  unique(): string;
  /** Milliseconds between two looks at what CloudFormation does. */
  readonly lookEvery: number;
  /** See `AwsCloudOptions`. */
  readonly site?: string;
}

/** The account's own bucket, or the one that a cluster file names; an empty name is none. */
export async function storeOf(
  context: DeployContext,
  bucket: string | undefined,
): Promise<ObjectStore> {
  if (bucket !== undefined && bucket !== "") return new ObjectStore(context.clients, bucket);
  const { account, region } = await context.place();
  return new ObjectStore(context.clients, bucketName(account, region));
}

export function clusterNotFound(name: string): SluiceError {
  return new SluiceError("CLUSTER_NOT_FOUND", "user", `there is no cluster ${name}`, {
    hint: "see which there are (sluice list-clusters)",
  });
}
