import { type JobApiConfig, parseJobApiFile } from "@sluice/model";

/** The least that the file of a job API says. */
export const LEAST = `Vpc:
  Id: vpc-0123456789abcdef0
  SubnetIds: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
Server: {Addresses: [10.0.1.10]}
Certificate:
  Arn: arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef
  Name: slurm.example.com
Authorizer: {Type: IAM}
`;

export function jobApiConfig(text: string): JobApiConfig {
  const parsed = parseJobApiFile(text, { fileName: "job-api.yaml" });
  if (!parsed.ok) throw new Error(parsed.findings.map(({ message }) => message).join("\n"));
  return parsed.config;
}
