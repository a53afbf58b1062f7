import { z } from "zod";
import "../../cluster-file/schema/meta.ts";
import { AWS, confWord } from "../../cluster-file/schema/values.ts";

/** Capacity of an Aurora Serverless v2 database, which AWS gives in halves. */
const capacity = () => z.number().max(256).multipleOf(0.5);

/** Where the servers and the accounting of all clusters keep what they know. */
export const databaseSchema = z
  .strictObject({
    Replica: z.boolean().optional().meta({
      description:
        "Whether another zone has a copy of everything that was acknowledged, and takes over.",
      update: "SUPPORTED",
      defaultText: "true with two zones or more",
    }),
    MinCapacity: capacity().min(0).optional().meta({
      description: "Least capacity of Aurora in ACU (2 GiB each), in halves.",
      update: "SUPPORTED",
      providers: AWS,
      expects: "a number of ACU from 0 to 256, in steps of 0.5",
      defaultText: "0.5",
    }),
    MaxCapacity: capacity().min(1).optional().meta({
      description: "Most capacity of Aurora in ACU, in halves.",
      update: "SUPPORTED",
      providers: AWS,
      expects: "a number of ACU from 1 to 256, in steps of 0.5",
      defaultText: "4",
    }),
    Uri: confWord().max(300).optional().meta({
      description:
        "Address of a MySQL or MariaDB server of one's own, in place of one that is made.",
      update: "UNSUPPORTED",
      expects: "`host` or `host:port`",
      defaultText: "one that is made",
    }),
    UserName: confWord().max(80).optional().meta({
      description: "Its user, who may make databases there.",
      update: "SUPPORTED",
      expects: "a name without spaces, quotes, # and =",
      defaultText: "required with Uri",
    }),
    PasswordFile: z
      .string()
      .regex(/^\/[^\s"'\\]+$/)
      .max(1024)
      .optional()
      .meta({
        description: "File of the host with that user's password, readable by root only.",
        update: "SUPPORTED",
        providers: ["local"],
        expects: "an absolute path",
        defaultText: "required on the local cloud with Uri",
      }),
    PasswordSecretArn: z
      .string()
      .regex(/^arn:.*:secret/)
      .max(2048)
      .optional()
      .meta({
        description: "Secret with that user's password.",
        update: "SUPPORTED",
        providers: AWS,
        expects: "the ARN of a secret in Secrets Manager",
        defaultText: "required on aws with Uri",
      }),
  })
  .prefault({})
  .meta({
    description:
      "The database of the servers and of the accounting of all clusters: MariaDB on the servers' machines on the local cloud, Aurora on aws.",
    update: "SUPPORTED",
  });
