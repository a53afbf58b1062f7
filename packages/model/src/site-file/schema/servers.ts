import { z } from "zod";
import "../../cluster-file/schema/meta.ts";
import {
  AWS,
  CIDR_EXPECTS,
  cidrOrPrefixList,
  INSTANCE_TYPE_EXPECTS,
  instanceTypeName,
} from "../../cluster-file/schema/values.ts";

/** What machines of a site can boot on the local cloud. */
export const SITE_OSES = ["debian13", "debian14"] as const;

/** Sluice's servers, one on a machine; on the local cloud these machines have the database too. */
export const serversSchema = z
  .strictObject({
    Count: z.int().min(1).max(8).optional().meta({
      description: "How many there are, spread over the zones.",
      update: "SUPPORTED",
      expects: "a whole number from 1 to 8; on the local cloud at most one for each zone",
      defaultText: "one for each zone",
    }),
    InstanceType: instanceTypeName().optional().meta({
      description: "Machine type of the servers' machines.",
      update: "SUPPORTED",
      expects: INSTANCE_TYPE_EXPECTS,
      defaultText: "local.head on the local cloud, t3.medium on aws",
    }),
    Os: z
      .enum(SITE_OSES)
      .optional()
      .meta({
        description:
          "Operating system of the servers' machines, which brings slurmdbd and MariaDB. `sluice upgrade --site-name` changes it, as Slurm's upgrades have an order.",
        update: "UNSUPPORTED",
        providers: ["local"],
        defaultText: "debian13",
      }),
    File: z.string().min(1).max(1024).optional().meta({
      description:
        "A server file, from the folder of the site file, for what this page has no key for. What the site gives is left out there.",
      update: "SUPPORTED",
      expects: "the path of a server file",
      defaultText: "none",
    }),
    PublicUrl: z
      .string()
      .regex(/^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?$|^https:\/\/\[[0-9a-f:]+\](:\d{1,5})?$/)
      .max(300)
      .optional()
      .meta({
        description: "Address under which people reach the balancer before the servers.",
        update: "SUPPORTED",
        expects: 'an address without a path, such as "https://hpc.example.com"',
        defaultText: "the balancer's own",
      }),
    CertificateArn: z
      .string()
      .regex(/^arn:[^\s:]*:acm:[\w-]*:\d{12}:certificate\/[\w-]+$/)
      .optional()
      .meta({
        description: "The balancer's certificate in ACM, for PublicUrl.",
        update: "SUPPORTED",
        providers: AWS,
        expects: "the ARN of a certificate in ACM",
        defaultText: "required on aws with PublicUrl",
      }),
    AllowedIps: cidrOrPrefixList().optional().meta({
      description:
        "Addresses that reach the balancer, as a CIDR or the id of a prefix list; `0.0.0.0/0` is the whole world. Without it the balancer has no address outside the network, and private ranges alone reach it.",
      update: "SUPPORTED",
      providers: AWS,
      expects: CIDR_EXPECTS,
      defaultText: "private ranges",
    }),
  })
  .prefault({})
  .meta({
    description: "Sluice's servers, behind one address; each of them can do all the work.",
    update: "SUPPORTED",
  });
