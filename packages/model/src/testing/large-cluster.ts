/**
 * A cluster file on AWS as a site's generator writes it: so many queues, each with so many compute
 * resources. With 2,000 and 5 it has about 3.2 million characters and 130,000 values.
 */
export function largeClusterText({
  queues = 2000,
  resources = 5,
}: {
  readonly queues?: number;
  readonly resources?: number;
} = {}): string {
  return (
    HEAD +
    numbers(queues)
      .map((queue) => queueText(queue, resources))
      .join("")
  );
}

const HEAD = `# Written by the site's own tool; do not edit.
Region: eu-central-1
Image:
  Os: alinux2023
HeadNode:
  InstanceType: c6i.4xlarge
  Networking:
    SubnetId: subnet-0123456789abcdef0
  Ssh:
    KeyName: operators
Scheduling:
  Scheduler: slurm
  SlurmSettings:
    ScaledownIdletime: 5
  SlurmQueues:
`;

function queueText(queue: number, resources: number): string {
  const capacity = queue % 3 === 0 ? "SPOT" : "ONDEMAND";
  return `    # Group ${Math.floor(queue / 10)}, project ${queue}
    - Name: group${Math.floor(queue / 10)}-project${queue}
      CapacityType: ${capacity}
      AllocationStrategy: lowest-price
      JobExclusiveAllocation: ${queue % 2 === 0}
      Networking:
        SubnetIds:
          - subnet-0123456789abcdef0
          - subnet-0123456789abcdef1
      CustomSlurmSettings:
        MaxTime: "7-00:00:00"
      Tags:
        - Key: project
          Value: "${queue}"
      ComputeResources:
${numbers(resources).map(resourceText).join("")}`;
}

function resourceText(resource: number): string {
  const { size, types } = SIZES[resource % SIZES.length] ?? SIZES[0];
  return `        - Name: ${size}
          Instances:
${types.map((type) => `            - InstanceType: ${type}\n`).join("")}          MinCount: 0
          MaxCount: ${resource + 4} # the group's share
          DisableSimultaneousMultithreading: true
`;
}

const SIZES = [
  { size: "large", types: ["c5.large", "c6i.large"] },
  { size: "xlarge", types: ["c5.xlarge", "c6i.xlarge"] },
  { size: "double", types: ["c5.2xlarge", "c6i.2xlarge"] },
  { size: "quadruple", types: ["c5.4xlarge", "c6i.4xlarge"] },
  { size: "huge", types: ["c5.12xlarge", "c6i.12xlarge"] },
] as const;

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
