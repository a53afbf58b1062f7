/** What the account on loopback holds, by AWS's own field names as its APIs write them. */
export interface AccountState {
  /** Rows of EC2's describe calls, by the item that the filter names; nested lists are arrays. */
  readonly ec2: {
    readonly subnets: readonly Row[];
    readonly securityGroups: readonly Row[];
    readonly keyPairs: readonly Row[];
    readonly images: readonly Row[];
    readonly instanceTypes: readonly Row[];
    readonly offerings: readonly Row[];
    readonly addresses: readonly Row[];
    readonly placementGroups: readonly Row[];
    readonly capacityReservations: readonly Row[];
    readonly volumes: readonly Row[];
    readonly snapshots: readonly Row[];
    readonly vpcs: readonly Row[];
    readonly networkInterfaces: readonly Row[];
    readonly routeTables: readonly Row[];
    readonly internetGateways: readonly Row[];
    readonly regions: readonly Row[];
    /** Instance types whose dry run EC2 refuses, with its code. */
    readonly refusedLaunches: Readonly<Record<string, string>>;
  };
  readonly iam: {
    readonly roles: Readonly<Record<string, { readonly trust: string }>>;
    readonly instanceProfiles: Readonly<Record<string, { readonly roles: readonly string[] }>>;
    readonly policies: readonly string[];
  };
  readonly buckets: Readonly<
    Record<
      string,
      {
        readonly region: string;
        readonly versioned: boolean;
        readonly objects: Readonly<Record<string, number>>;
      }
    >
  >;
  /** Secrets Manager and SSM, by ARN. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly kmsKeys: Readonly<Record<string, boolean>>;
  readonly efs: Readonly<
    Record<
      string,
      {
        readonly mountTargets: readonly {
          readonly zone: string;
          readonly subnetId: string;
          readonly securityGroups: readonly string[];
        }[];
      }
    >
  >;
  readonly accessPoints: Readonly<Record<string, string>>;
  readonly fsx: readonly Readonly<Record<string, unknown>>[];
  readonly hostedZones: Readonly<
    Record<
      string,
      { readonly name: string; readonly private: boolean; readonly vpcs: readonly string[] }
    >
  >;
  readonly resourceGroups: Readonly<Record<string, readonly string[]>>;
  /** Services that refuse every call. */
  readonly denied: ReadonlySet<string>;
}

export type Value = string | number | boolean | Row | readonly Value[];
export interface Row {
  readonly [key: string]: Value;
}
