/** A statement that allows; the least policy has no others. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

/** Where clusters are made; what is missing stays open. */
export interface PolicyPlace {
  readonly account?: string;
  readonly region?: string;
  /** `CustomS3Bucket` of the cluster files. */
  readonly bucket?: string;
  /** `aws` by default. */
  readonly partition?: string;
}

/** The place, as statements name it. */
export function policyPlace(place: PolicyPlace) {
  const { account = "*", region = "*", partition = "aws" } = place;
  return {
    region,
    arn: (service: string, resource: string, where = region, whose = account): string =>
      `arn:${partition}:${service}:${where}:${whose}:${resource}`,
    s3: `arn:${partition}:s3:::${place.bucket ?? `sluice-${account}-${region}`}`,
  };
}

export function allow(
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
  Condition?: PolicyStatement["Condition"],
): PolicyStatement {
  return {
    Sid,
    Effect: "Allow",
    Action,
    Resource,
    ...(Condition === undefined ? {} : { Condition }),
  };
}
