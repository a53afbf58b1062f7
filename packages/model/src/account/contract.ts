/**
 * What checks may ask about an account. Checks stay pure: they say which questions they have, the
 * cloud's adapter answers all of them at once, and the checks look at the answers.
 */

/** Facts about each kind of thing, by AWS's own names in plain form. */
export interface AccountFacts {
  readonly subnet: {
    readonly vpcId: string;
    readonly zone: string;
    readonly cidr: string;
    readonly freeAddresses: number;
    readonly assignsPublicIp: boolean;
  };
  readonly securityGroup: {
    readonly vpcId: string;
    readonly inbound: readonly SecurityRule[];
    readonly outbound: readonly SecurityRule[];
  };
  readonly vpc: { readonly dnsSupport: boolean; readonly dnsHostnames: boolean };
  readonly keyPair: Readonly<Record<string, never>> & object;
  readonly image: {
    readonly architecture: "x86_64" | "arm64";
    readonly state: string;
    readonly rootVolumeGiB: number | undefined;
    readonly tags: Readonly<Record<string, string>>;
  };
  /** id is `type` */
  readonly instanceType: { readonly zones: readonly string[]; readonly memoryMiB: number };
  readonly elasticIp: { readonly associated: boolean };
  readonly placementGroup: { readonly strategy: string; readonly state: string };
  readonly capacityReservation: {
    readonly instanceType: string;
    readonly zone: string;
    readonly total: number;
    readonly placementGroupArn: string | undefined;
    readonly state: string;
    readonly isBlock: boolean;
  };
  /** id is the group's ARN */
  readonly capacityReservationGroup: { readonly reservationIds: readonly string[] };
  readonly volume: { readonly zone: string; readonly sizeGiB: number; readonly state: string };
  readonly snapshot: { readonly sizeGiB: number; readonly state: string };
  readonly hostedZone: {
    readonly name: string;
    readonly private: boolean;
    readonly vpcIds: readonly string[];
  };
  readonly efs: {
    readonly zoneName: string | undefined;
    readonly mountTargets: readonly {
      readonly zone: string;
      readonly subnetId: string;
      readonly securityGroups: readonly string[];
    }[];
  };
  readonly efsAccessPoint: { readonly fileSystemId: string };
  /** FSx file systems and file caches, by their id. */
  readonly fsx: {
    readonly kind: "LUSTRE" | "ONTAP" | "OPENZFS" | "FILE_CACHE";
    readonly vpcId: string;
    readonly securityGroups: readonly string[];
    readonly zones: readonly string[];
  };
  readonly fsxVolume: { readonly kind: "ONTAP" | "OPENZFS"; readonly fileSystemId: string };
  readonly fsxBackup: { readonly state: string };
  /** `versioned`: it keeps what is overwritten or deleted. */
  readonly bucket: { readonly region: string; readonly versioned: boolean };
  /** id is `s3://bucket/key` */
  readonly object: { readonly size: number };
  /** id is an `https://` address */
  readonly url: { readonly status: number };
  /** ids are ARNs */
  readonly role: { readonly trustsEc2: boolean };
  readonly instanceProfile: { readonly roles: readonly string[] };
  readonly policy: Readonly<Record<string, never>> & object;
  readonly kmsKey: { readonly enabled: boolean };
  /**
   * A secret of Secrets Manager or a parameter of SSM, by its ARN; `bytes` is its decoded length,
   * undefined when it is not base64. Its value never leaves the adapter.
   */
  readonly secret: { readonly bytes: number | undefined };
  /** id is `headNode` or `queue/compute-resource/subnet`; a dry run of a launch. */
  readonly launch: { readonly allowed: boolean; readonly code: string; readonly message: string };
}

export interface SecurityRule {
  /** `-1` for all. */
  readonly protocol: string;
  readonly fromPort: number | undefined;
  readonly toPort: number | undefined;
  /** Blocks of addresses, of IPv4 or IPv6, and ids of prefix lists (`pl-…`). */
  readonly cidrs: readonly string[];
  readonly securityGroups: readonly string[];
}

export type FactKind = keyof AccountFacts;

export interface Question<K extends FactKind = FactKind> {
  readonly kind: K;
  readonly id: string;
  /** What a dry run would launch; for `launch` only. */
  readonly launch?: LaunchQuestion;
}

export interface LaunchQuestion {
  readonly instanceType: string;
  readonly subnetId: string;
  /** Missing for the official image; the answer is unknown where there is none to try with. */
  readonly imageId?: string;
  readonly keyName?: string;
  readonly securityGroups: readonly string[];
}

/** `unknown`: the account was not asked or did not tell, and why. */
export type Answer<K extends FactKind = FactKind> =
  | { readonly is: "found"; readonly facts: AccountFacts[K] }
  | { readonly is: "absent" }
  | { readonly is: "unknown"; readonly why: string };

/** What is known of the account by now. */
export interface Answers {
  get<K extends FactKind>(kind: K, id: string): Answer<K> | undefined;
}

/** A cloud account, as `--online` checks it and `configure` lists from it. */
export interface Account {
  readonly provider: "aws" | "azure";
  readonly region: string;
  /** Who is asking, for people: an ARN. Throws when there are no credentials. */
  identity(signal: AbortSignal): Promise<string>;
  /** As many calls as needed, few at a time; one answer a question, in their order. */
  answer(questions: readonly Question[], signal: AbortSignal): Promise<readonly Answer[]>;
  /** For the wizard. */
  list<K extends keyof AccountLists>(
    kind: K,
    signal: AbortSignal,
  ): Promise<readonly AccountLists[K][]>;
}

export interface AccountLists {
  readonly region: { readonly name: string };
  readonly keyPair: { readonly name: string };
  readonly vpc: { readonly id: string; readonly name: string | undefined; readonly cidr: string };
  readonly subnet: {
    readonly id: string;
    readonly name: string | undefined;
    readonly vpcId: string;
    readonly zone: string;
    readonly cidr: string;
    readonly public: boolean;
  };
  readonly instanceType: { readonly name: string };
}
