import type { ApplyRequest } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { findBucket, type ObjectStore } from "../../bucket.ts";
import type { Architecture } from "../../bundle.ts";
import { OBJECTS, stackName } from "../../names.ts";
import type { SynthesisedStack } from "../synth/contract.ts";
import { synthesise } from "../synth/synthesise.ts";
import { type DeployContext, storeOf } from "./context.ts";
import { isStackNameTaken } from "./stack.ts";
import { type BundleObject, unmadeBundles, userDataOf } from "./user-data.ts";

export interface ClusterIdentity {
  readonly name: string;
  readonly unique: string;
  readonly bucket: { readonly name: string; readonly prefix: string };
}

/** Errors: `CLUSTER_EXISTS`, `BUCKET_UNUSABLE`. */
export async function newIdentity(
  context: DeployContext,
  { name, config }: ApplyRequest,
): Promise<{ readonly identity: ClusterIdentity; readonly store: ObjectStore }> {
  if (await isStackNameTaken(context.clients, stackName(name))) {
    throw new SluiceError("CLUSTER_EXISTS", "user", `there is a cluster ${name} already`, {
      hint: `choose another name, or delete that cluster (sluice delete-cluster -n ${name})`,
    });
  }
  const store = await storeOf(context, config.CustomS3Bucket);
  const isThere = await findBucket(context.clients, {
    bucket: store.bucket,
    ...(await context.place()),
  });
  if (!isThere && config.CustomS3Bucket !== undefined) {
    throw new SluiceError("BUCKET_UNUSABLE", "user", `the bucket ${store.bucket} does not exist`, {
      hint: "make it, or leave out CustomS3Bucket",
    });
  }
  const unique = context.unique();
  const bucket = { name: store.bucket, prefix: OBJECTS.prefix(name, unique) };
  return { identity: { name, unique, bucket }, store };
}

/** The templates of a cluster with the user data of its machines. Asks nobody. */
export async function synthesised(
  identity: ClusterIdentity,
  request: Pick<ApplyRequest, "config"> & { readonly headFile?: string },
  region: string,
  bundles: Readonly<Partial<Record<Architecture, BundleObject>>>,
): Promise<SynthesisedStack> {
  const { config, headFile } = request;
  const made = headFile === undefined ? {} : { headFile };
  const { head, login } = userDataOf({ ...identity, ...made, config, region, bundles });
  return synthesise({
    ...identity,
    config,
    region,
    headUserData: head,
    loginUserData: login,
  });
}

/** What nobody deploys: a name's part and a bucket that stand for those that a cluster would get. */
export function sampleIdentity(name: string, bucket: string): ClusterIdentity {
  const unique = "00000000";
  return { name, unique, bucket: { name: bucket, prefix: OBJECTS.prefix(name, unique) } };
}

/** The templates as far as they can be known without an account. */
export function sampleStack(
  { name, config }: ApplyRequest,
  region: string,
): Promise<SynthesisedStack> {
  const bucket = config.CustomS3Bucket ?? `sluice-000000000000-${region}`;
  return synthesised(sampleIdentity(name, bucket), { config }, region, unmadeBundles(config));
}
