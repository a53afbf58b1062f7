import type { Tag, TagSpecification } from "@aws-sdk/client-ec2";
import { ServiceError } from "../../contract.ts";

const MOST_TAGS = 50;

/** The tags that a call wants on what it makes, of that kind. */
export function tagsFor(
  specifications: readonly TagSpecification[] | undefined,
  resource: string,
): Tag[] {
  const tags = (specifications ?? [])
    .filter(({ ResourceType }) => ResourceType === resource)
    .flatMap(({ Tags = [] }) => Tags);
  return merged([], tags);
}

/** @throws ServiceError for tags that EC2 does not take. */
export function merged(before: readonly Tag[], added: readonly Tag[]): Tag[] {
  const byKey = new Map(before.map((tag) => [tag.Key ?? "", tag]));
  for (const { Key = "", Value = "" } of added) {
    check(Key, Value);
    byKey.set(Key, { Key, Value });
  }
  if (byKey.size > MOST_TAGS) {
    throw new ServiceError(
      "TagLimitExceeded",
      `The maximum number of tags for a resource is ${MOST_TAGS}`,
    );
  }
  return [...byKey.values()];
}

function check(key: string, value: string): void {
  if (key === "" || key.length > 128) {
    throw new ServiceError("InvalidParameterValue", `Tag key '${key}' must be 1 to 128 characters`);
  }
  if (key.startsWith("aws:")) {
    throw new ServiceError(
      "InvalidParameterValue",
      "Tag keys starting with 'aws:' are reserved for internal use",
    );
  }
  if (value.length > 256) {
    throw new ServiceError(
      "InvalidParameterValue",
      `Tag value exceeds the maximum length of 256 characters`,
    );
  }
}

export function tagValue(tags: readonly Tag[] | undefined, key: string): string | undefined {
  return tags?.find(({ Key }) => Key === key)?.Value;
}

/** As conditions of policies name the tags that a resource has. */
export function tagConditions(
  tags: readonly Tag[] | undefined,
  kind: "aws:ResourceTag" | "aws:RequestTag",
): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value = "" }) => [`${kind}/${Key}`, Value]));
}
