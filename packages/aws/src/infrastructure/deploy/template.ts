import type { ClusterConfig } from "@sluice/model";
import type { ObjectStore } from "../../bucket.ts";
import { sha256 } from "../../bucket.ts";
import { OBJECTS, TAGS } from "../../names.ts";
import type { SynthesisedStack } from "../synth/contract.ts";

/** Puts the templates of a stack into the bucket. @returns the address of the root's. */
export async function uploadTemplates(
  store: ObjectStore,
  prefix: string,
  region: string,
  { template, nested }: Pick<SynthesisedStack, "template" | "nested">,
): Promise<string> {
  await Promise.all(Object.entries(nested).map(([key, text]) => store.write(key, text)));
  const key = OBJECTS.template(prefix, sha256(template).slice(0, 32));
  await store.write(key, template);
  return store.url(key, region);
}

/** Tags of the stack, by which it is found again; CloudFormation passes them on to what is in it. */
export function stackTags(options: {
  readonly name: string;
  readonly unique: string;
  readonly bucket: string;
  readonly config: ClusterConfig;
  /** That it is of; undefined without one. */
  readonly site: string | undefined;
}): Readonly<Record<string, string>> {
  const { name, unique, bucket, config, site } = options;
  return {
    ...Object.fromEntries(config.Tags.map(({ Key, Value }) => [Key, Value])),
    [TAGS.cluster]: name,
    [TAGS.clusterId]: unique,
    [TAGS.bucket]: bucket,
    ...(site === undefined ? {} : { [TAGS.site]: site }),
  };
}
