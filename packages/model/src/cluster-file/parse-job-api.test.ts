import { describe, expect, it } from "vitest";
import { parseJobApiFile } from "./parse-job-api.ts";

const FILE = `Vpc:
  Id: vpc-0123456789abcdef0
  SubnetIds: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
Server: {Addresses: [10.0.1.10]}
Certificate:
  Arn: arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef
  Name: slurm.example.com
Authorizer: {Type: IAM}
`;
const upload = (prefix: string) =>
  `  - {Prefix: ${prefix}, TokenSecretArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:ada-AbCdEf"}\n`;

function findings(text: string): readonly string[] {
  const parsed = parseJobApiFile(text, { fileName: "job-api.yaml" });
  return parsed.ok ? [] : parsed.findings.map(({ line, path }) => `${line} ${path}`);
}

describe("the file of a job API", () => {
  it("has defaults for what need not be said", () => {
    const parsed = parseJobApiFile(FILE, { fileName: "job-api.yaml" });
    expect(parsed).toMatchObject({
      ok: true,
      config: { Server: { Port: 8480 }, Throttling: { RateLimit: 50 }, Uploads: [] },
    });
  });

  it.each([
    ["a key that is none", `${FILE}Firewal: {}\n`, "9 Firewal"],
    ["an address that is none", FILE.replace("10.0.1.10", "10.0.1.999"), "4 Server.Addresses[0]"],
    ["one zone", FILE.replace(", subnet-0123456789abcdef1", ""), "3 Vpc.SubnetIds"],
    [
      "an issuer without TLS",
      FILE.replace("{Type: IAM}", "{Type: JWT, Issuer: http://x, Audience: [a]}"),
      "8 Authorizer.Issuer",
    ],
    [
      "a prefix that leaves its folder",
      `${FILE}Uploads:\n${upload("/etc/")}`,
      "10 Uploads[0].Prefix",
    ],
    [
      "a prefix within another",
      `${FILE}Uploads:\n${upload("a/")}${upload("a/b/")}`,
      "11 Uploads[1].Prefix",
    ],
    [
      "the same prefix twice",
      `${FILE}Uploads:\n${upload("a/")}${upload("a/")}`,
      "11 Uploads[1].Prefix",
    ],
  ])("with %s is refused at its place", (_, text, place) => {
    expect(findings(text)).toEqual([place]);
  });
});
