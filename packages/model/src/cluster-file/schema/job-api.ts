import { z } from "zod";
import "./meta.ts";
import { SUBNET_EXPECTS, subnetId } from "./values.ts";

/** Whatever is deployed is deployed again from the changed file. */
const update = "SUPPORTED" as const;

const address = () => z.ipv4();
const arnOf = (service: string) =>
  z.string().regex(new RegExp(`^arn:[^\\s:]*:${service}:[\\w-]*:\\d{12}:[\\w+=,.@:/!-]+$`));
const https = () => z.string().regex(/^https:\/\/[^\s/?#"'\\]+(\/[^\s?#"'\\]*)?$/);

const authorizer = z
  .discriminatedUnion("Type", [
    z.strictObject({
      Type: z.literal("JWT").meta({ description: "Tokens of an identity provider.", update }),
      Issuer: https().meta({
        description: "Who signs the tokens: their `iss`.",
        update,
        expects: 'an address, such as "https://login.example.com/hpc"',
      }),
      Audience: z.array(z.string().min(1)).min(1).meta({
        description: "Whom the tokens are for: one of these has to be their `aud`.",
        update,
      }),
      Scopes: z.array(z.string().min(1)).default([]).meta({
        description: "One of these scopes has to be in the token; none: any token will do.",
        update,
      }),
    }),
    z.strictObject({
      Type: z.literal("IAM").meta({
        description: "Requests signed with credentials of AWS that have `execute-api:Invoke`.",
        update,
      }),
    }),
  ])
  .meta({ description: "Whom API Gateway lets through.", update });

const upload = z.strictObject({
  Prefix: z
    .string()
    .regex(/^([A-Za-z0-9_.-]+\/)+$/)
    .max(200)
    .meta({
      description: "Objects whose keys begin so are submitted.",
      update,
      expects: 'one or more folders, such as "ada/"',
    }),
  TokenSecretArn: arnOf("secretsmanager").meta({
    description:
      "Secret with the token of the account that they are submitted as: text, or JSON with `token`.",
    update,
    expects: "the ARN of a secret in Secrets Manager",
  }),
});

/** The file of a cluster's job API on AWS; see docs/job-api.md. */
export const jobApiSchema = z
  .strictObject({
    Vpc: z
      .strictObject({
        Id: z
          .string()
          .regex(/^vpc-[0-9a-z]{8}$|^vpc-[0-9a-z]{17}$/)
          .meta({
            description: "The network that the server is in.",
            update,
            expects: 'the id of a network, such as "vpc-0123456789abcdef0"',
          }),
        SubnetIds: z
          .array(subnetId())
          .min(2)
          .meta({
            description:
              "Private subnets of two or more zones, for the load balancer and the function.",
            update,
            expects: `two or more: ${SUBNET_EXPECTS}`,
          }),
      })
      .meta({ description: "Where the load balancer stands.", update }),
    Server: z
      .strictObject({
        Addresses: z.array(address()).min(1).meta({
          description: "Addresses of the Sluice servers in that network.",
          update,
          expects: 'a list of addresses, such as "10.0.1.10"',
        }),
        Port: z.int().min(1).max(65535).default(8480).meta({
          description: "Port that they listen on, with TLS.",
          update,
          expects: "a port",
        }),
        SecurityGroupId: z
          .string()
          .regex(/^sg-[0-9a-z]{8}$|^sg-[0-9a-z]{17}$/)
          .optional()
          .meta({
            description: "Their security group: the load balancer is let in there.",
            update,
            expects: 'the id of a security group, such as "sg-0123456789abcdef0"',
            defaultText: "whoever runs them lets it in",
          }),
      })
      .meta({ description: "The servers with the gated Slurm API.", update }),
    Certificate: z
      .strictObject({
        Arn: arnOf("acm").meta({
          description: "The load balancer's certificate in ACM, which API Gateway has to trust.",
          update,
          expects: "the ARN of a certificate in ACM",
        }),
        Name: z
          .string()
          .regex(/^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+$/)
          .max(253)
          .meta({
            description: "A name that it is for.",
            update,
            expects: 'a host name, such as "slurm.internal.example.com"',
          }),
      })
      .meta({ description: "TLS between API Gateway and the load balancer.", update }),
    Authorizer: authorizer,
    Throttling: z
      .strictObject({
        RateLimit: z.number().positive().max(10_000).default(50).meta({
          description: "Requests a second, of everybody together.",
          update,
        }),
        BurstLimit: z.int().min(1).max(5000).default(100).meta({
          description: "Requests at once.",
          update,
        }),
      })
      .prefault({})
      .meta({ description: "What API Gateway lets through.", update }),
    Firewall: z
      .strictObject({
        RequestsPerAddress: z.int().min(10).max(2_000_000).default(2000).meta({
          description: "Requests of one address in five minutes; beyond that it is shut out.",
          update,
        }),
      })
      .prefault({})
      .meta({ description: "WAF, on the load balancer.", update }),
    Uploads: z.array(upload).max(20).default([]).meta({
      description: "Jobs by upload to the stack's bucket; none: only by the API.",
      update,
    }),
    Logs: z
      .strictObject({
        RetentionInDays: z
          .literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653])
          .default(90)
          .meta({
            description: "Days for which logs are kept, as CloudWatch counts them.",
            update,
          }),
      })
      .prefault({})
      .meta({ description: "Access logs, and those of the function and the firewall.", update }),
  })
  .meta({ description: "The job API of a cluster.", update: "IGNORED" });

export type JobApiFile = z.input<typeof jobApiSchema>;
export type JobApiConfig = z.output<typeof jobApiSchema>;
