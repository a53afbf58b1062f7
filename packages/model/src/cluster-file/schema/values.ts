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
