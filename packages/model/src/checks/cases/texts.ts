/** What a file of one queue on AWS has beside what it needs; each text is `Key: value, Key: value`. */
interface Parts {
  readonly head?: string;
  readonly headType?: string;
  readonly subnets?: string;
  /** Of the queue. */
  readonly queue?: string;
  /** Of its compute resource, its machine type among it. */
  readonly resource?: string;
  /** Further queues. */
  readonly queues?: string;
  /** Of SlurmSettings. */
  readonly slurm?: string;
  /** Further lines. */
  readonly more?: string;
}

/** A cluster file for AWS. */
export function aws(parts: Parts): string {
  const and = (text: string | undefined): string => (text === undefined ? "" : `, ${text}`);
  const resource = parts.resource ?? "InstanceType: c5.large";
  const subnets = parts.subnets ?? "subnet-01234567";
  return [
    "Region: eu-central-1",
    "Image: {Os: alinux2023}",
    `HeadNode: {InstanceType: ${parts.headType ?? "t3.small"}, Networking: {SubnetId: subnet-01234567}${and(parts.head)}}`,
    "Scheduling:",
    `  SlurmSettings: {${parts.slurm ?? ""}}`,
    `  SlurmQueues: [{Name: q, Networking: {SubnetIds: [${subnets}]}, ComputeResources: [{Name: a, ${resource}}]${and(parts.queue)}}${and(parts.queues)}]`,
    parts.more ?? "",
    "",
  ].join("\n");
}

/** A cluster file for AWS that names no subnet, so that its network is made. */
export function made({ queue, more }: { readonly queue?: string; readonly more?: string }): string {
  return aws({ ...(more === undefined ? {} : { more }) })
    .replace(", Networking: {SubnetId: subnet-01234567}", "")
    .replace(
      "Networking: {SubnetIds: [subnet-01234567]}, ",
      queue === undefined ? "" : `${queue}, `,
    );
}

/** A cluster file for AWS with these storages. */
export function storage(entries: string): string {
  return aws({ more: `SharedStorage: [${entries}]` });
}

/** A cluster file for the local cloud with these lines. */
export function local(more: string): string {
  return [
    "Provider: local",
    "Scheduling:",
    "  SlurmQueues: [{Name: q, ComputeResources: [{Name: a, InstanceType: local.small}]}]",
    more,
    "",
  ].join("\n");
}

/** A cluster file for the local cloud with these storages. */
export function localStorage(entries: string): string {
  return local(`SharedStorage: [${entries}]`);
}
