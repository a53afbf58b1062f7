import type { ClusterConfig, Os } from "@sluice/model";

export interface SynthRequest {
  readonly name: string;
  /** See `names.ts`. */
  readonly unique: string;
  readonly config: ClusterConfig;
  readonly region: string;
  readonly bucket: { readonly name: string; readonly prefix: string };
  /** User data of the head, raw. */
  readonly headUserData: string;
  /** By login pool, raw. */
  readonly loginUserData: Readonly<Record<string, string>>;
}

export interface SynthesisedStack {
  /** The root template, JSON. */
  readonly template: string;
  /** Nested templates by their key in the bucket (`OBJECTS.template`). */
  readonly nested: Readonly<Record<string, string>>;
  /** Parameters that must be given at deployment, in the order of the template. */
  readonly parameters: readonly TemplateParameter[];
  /** Logical id of the resource that waits for the head's signal. */
  readonly headResource: string;
}

export type Architecture = "x86_64" | "arm64";

/** A parameter of the template, and what is to be found out in the account for its value. */
export type TemplateParameter = { readonly name: string } & ParameterQuestion;

export type ParameterQuestion =
  /** Id of the machine image for that system and architecture. */
  | { readonly kind: "image"; readonly os: Os; readonly arch: Architecture }
  /** Id of the VPC that the subnet is in. */
  | { readonly kind: "vpc"; readonly subnetId: string }
  /** Name of the zone that the subnet is in, which is another one than that of `apartFrom`. */
  | { readonly kind: "zone"; readonly subnetId: string; readonly apartFrom?: string }
  /** ARNs of the tables that have the routes of these subnets, joined by commas. */
  | { readonly kind: "route-tables"; readonly subnetIds: readonly string[] }
  /** An IPv4 address that is none of the subnet's VPC, always the same for a cluster's id. */
  | { readonly kind: "overlay-address"; readonly subnetId: string; readonly unique: string }
  /** `true` if none of the subnets before it is in its zone, otherwise `false`. */
  | {
      readonly kind: "first-of-zone";
      readonly subnetId: string;
      readonly before: readonly string[];
    }
  /** `internet-facing` if the subnet has a route to an internet gateway, otherwise `internal`. */
  | { readonly kind: "load-balancer-scheme"; readonly subnetId: string }
  /** ARNs of the roles in these instance profiles (ARNs), joined by commas. */
  | { readonly kind: "profile-roles"; readonly instanceProfiles: readonly string[] }
  /** DNS name of a file system that is there already, by what the file names of it. */
  | { readonly kind: "dns-name"; readonly of: ExistingStorage }
  /** Mount name of Lustre and of a file cache; junction path of a volume of ONTAP or OpenZFS. */
  | { readonly kind: "mount-path"; readonly of: ExistingStorage };

export interface ExistingStorage {
  readonly type: "lustre" | "ontap" | "openzfs" | "filecache";
  /** Of the file system, of the volume (ONTAP and OpenZFS) or of the cache. */
  readonly id: string;
}
