import type { ClusterFacts } from "../../facts.ts";

/** What a stack could say. */
export const FACTS: ClusterFacts = {
  cluster: {
    name: "c",
    unique: "0a1b2c3d",
    region: "eu-central-1",
    account: "123456789012",
    partition: "aws",
    stackId: "arn:aws:cloudformation:eu-central-1:123456789012:stack/sluice-c/1",
    headResource: "Head",
  },
  bucket: { name: "bucket", prefix: "clusters/c-0a1b2c3d" },
  network: {
    vpcId: "vpc-1",
    computeSubnets: ["subnet-a", "subnet-b"],
    headAddress: "10.0.0.250",
    headSubnet: "subnet-a",
    headSecurityGroups: ["sg-head"],
    computeSecurityGroups: ["sg-compute"],
  },
  roles: { computeProfile: "compute", queueProfiles: {} },
  disks: [],
  fileSystems: {},
  secrets: {},
  noticesQueue: "https://sqs.eu-central-1.amazonaws.com/123456789012/notices",
  logGroup: "/sluice/c-0a1b2c3d",
  images: { "ubuntu2404/x86_64": "ami-x86", "ubuntu2404/arm64": "ami-arm" },
};
