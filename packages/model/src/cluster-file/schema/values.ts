import { z } from "zod";

/** Queues and compute resources: both become parts of node names, hence of host names. */
export const resourceName = () =>
  z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .max(25);

export const RESOURCE_NAME_EXPECTS =
  "a name of lower-case letters, digits and hyphens that starts with a letter and has at most 25 characters";

/** A machine type of any cloud: it reaches slurm.conf as a feature of nodes. */
export const instanceTypeName = () =>
  z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
    .max(63);
export const INSTANCE_TYPE_EXPECTS = "the name of a machine type";

/** What stands in slurmdbd.conf unquoted. */
export const confWord = () => z.string().regex(/^[^\s#"'\\=]+$/);

export const subnetId = () => z.string().regex(/^subnet-[0-9a-z]{8}$|^subnet-[0-9a-z]{17}$/);
export const SUBNET_EXPECTS = 'the id of a subnet, such as "subnet-0123456789abcdef0"';

export const securityGroupIds = () =>
  z.array(z.string().regex(/^sg-[0-9a-z]{8}$|^sg-[0-9a-z]{17}$/));
export const SECURITY_GROUPS_EXPECTS =
  'a list of ids of security groups, such as "sg-0123456789abcdef0"';

/** For the cluster, and for a queue that has its own. */
export const scalingStrategy = () =>
  z.enum(["all-or-nothing", "best-effort", "greedy-all-or-nothing"]);

/** One setting of slurm.conf; rendered as its text. */
export const slurmValue = () => z.union([z.string(), z.number(), z.boolean()]);

export const slurmSettings = () => z.record(z.string(), slurmValue());

export type SlurmValue = z.output<ReturnType<typeof slurmValue>>;

/** A block of addresses, or the id of a prefix list. */
export const cidrOrPrefixList = () =>
  z
    .string()
    .regex(
      /^(\d{1,3}\.){3}\d{1,3}(\/([0-9]|[1-2][0-9]|3[0-2]))?$|^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*\/\d{1,3}$|^pl-[0-9a-z]{8,17}$/,
    );
export const CIDR_EXPECTS =
  'a block of addresses, such as "10.0.0.0/8", or the id of a prefix list, such as "pl-0123456789abcdef0"';

export const imageId = () => z.string().regex(/^ami-[0-9a-z]{8}$|^ami-[0-9a-z]{17}$/);
export const IMAGE_EXPECTS = 'the id of an image, such as "ami-0123456789abcdef0"';

/** Of a mount point or a folder; what else it may not be is said by checks. */
export const directory = () => z.string().min(1);
export const DIRECTORY_EXPECTS = 'an absolute path, such as "/data"';

export const kmsKeyId = () => z.string().regex(/^[A-Za-z0-9:/_-]{1,2048}$/);
export const KMS_EXPECTS = "the id, alias or ARN of a key of KMS";

export const roleArn = () => z.string().regex(/^arn:[^\s:]*:iam::[\w-]*:role\/[\w+=,.@/-]+$/);
export const ROLE_EXPECTS = 'the ARN of a role, such as "arn:aws:iam::123456789012:role/name"';

export const policyArn = () => z.string().regex(/^arn:[^\s:]*:iam::[\w-]*:policy\/[\w+=,.@/-]+$/);
export const POLICY_EXPECTS =
  'the ARN of a policy, such as "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"';

export const instanceProfileArn = () =>
  z.string().regex(/^arn:[^\s:]*:iam::[\w-]*:instance-profile\/[\w+=,.@/-]+$/);
export const PROFILE_EXPECTS =
  'the ARN of an instance profile, such as "arn:aws:iam::123456789012:instance-profile/name"';

/** Where the cloud is not the machine in front of one. */
export const CLOUDS = ["aws", "azure"] as const;
export const AWS = ["aws"] as const;
