import type { SecretName } from "@sluice/cloud";

/**
 * What a head has to know of its account and can't read in the cluster file: ids of what the stack
 * made. The stack writes it, in several parameters of SSM, each a JSON object; `mergeFacts` puts
 * them together. There is no secret in it.
 */
export interface ClusterFacts {
  readonly cluster: {
    readonly name: string;
    /** See `names.ts`: the part that makes this cluster's names differ from its namesakes'. */
    readonly unique: string;
    readonly region: string;
    readonly account: string;
    /** `aws`, `aws-cn`, `aws-us-gov`. */
    readonly partition: string;
    /** Id (ARN) of the stack, and the resource in it that the head reports itself ready to. */
    readonly stackId: string;
    readonly headResource: string;
  };
  readonly bucket: { readonly name: string; readonly prefix: string };
  readonly network: {
    readonly vpcId: string;
    /** Subnets that the stack made, for queues that name none; in the order of their zones. */
    readonly computeSubnets: readonly string[];
    /** Of the head's fixed network interface; with `leadership`, the address of whichever leads. */
    readonly headAddress: string;
    readonly headSubnet: string;
    readonly headSecurityGroups: readonly string[];
    readonly computeSecurityGroups: readonly string[];
  };
  /** Where two machines are the head in turn. */
  readonly leadership?: {
    /** ARNs of the tables that have a route to the one that leads, joined by commas. */
    readonly routeTables: string;
    /** DNS name of the file system with the head's state. */
    readonly state: string;
  };
  readonly roles: {
    /** Instance profile of compute machines. */
    readonly computeProfile: string;
    /** Of queues with rights of their own and no profile in the cluster file, by their names. */
    readonly queueProfiles: Readonly<Record<string, string>>;
  };
  readonly disks: readonly {
    readonly volumeId: string;
    /** `SharedStorage[].Name`; none for the head's state. */
    readonly name?: string;
    /** `/var/lib/sluice` for the head's state; else where a shared folder is. */
    readonly mountPoint: string;
    /** Volumes of one RAID have one mount point. */
    readonly raid?: 0 | 1;
  }[];
  /** File systems made or given, by `SharedStorage[].Name`. */
  readonly fileSystems: Readonly<
    Record<
      string,
      {
        readonly type: "efs" | "lustre" | "ontap" | "openzfs" | "filecache";
        readonly dnsName: string;
        /** Of Lustre: its mount name; of ONTAP and OpenZFS: the volume's junction path. */
        readonly path: string;
        /** Of EFS. */
        readonly accessPointId?: string;
      }
    >
  >;
  /** ARNs in Secrets Manager; that of `directory` may be of a parameter of Systems Manager. */
  readonly secrets: Readonly<Partial<Record<SecretName, string>>>;
  /** An accounting database that is not on the head. */
  readonly database?: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly name: string;
  };
  /** URL of the SQS queue with the account's notices about machines. */
  readonly noticesQueue: string;
  /** Empty when logs stay on the machines. */
  readonly logGroup: string;
  /** Machine images by `Image.Os` and architecture, of queues without CustomAmi: `debian13/x86_64`. */
  readonly images: Readonly<Record<string, string>>;
}

/** Puts the parts together: objects key by key, lists one after the other, anything else replaced. */
export function mergeFacts(parts: readonly unknown[]): ClusterFacts {
  let facts: unknown = {};
  for (const part of parts) facts = merged(facts, part);
  return facts as ClusterFacts;
}

function merged(a: unknown, b: unknown): unknown {
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (!isObject(a) || !isObject(b)) return b;
  const result: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    result[key] = Object.hasOwn(a, key) ? merged(a[key], value) : value;
  }
  return result;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
