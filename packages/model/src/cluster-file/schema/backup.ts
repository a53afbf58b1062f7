import { z } from "zod";
import { duration } from "./duration.ts";
import "./meta.ts";

/** A folder, or a place in a bucket; what else it may not be is said by checks. */
const PLACE = /^\/[^\s"'\\]*$|^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w!.*'()/-]*)?$/;
/** Bech32 of 32 bytes; plug-ins of age have other lengths, and programs of their own. */
const AGE_KEY = /^age1[02-9ac-hj-np-z]{58}$/;

export const backupSchema = z
  .strictObject({
    Every: duration(600, 30 * 86_400)
      .prefault("1d")
      .meta({
        description: "How often one is made, as a duration.",
        update: "SUPPORTED",
        extension: true,
        expects: "a duration from 10m to 30d, such as 6h",
      }),
    Keep: z.int().min(1).max(1000).default(10).meta({
      description: "How many are kept; older ones are removed when a new one is there.",
      update: "SUPPORTED",
      extension: true,
      expects: "a whole number from 1 to 1000",
    }),
    To: z.string().regex(PLACE).max(1024).optional().meta({
      description:
        "Where they are put: a folder of the head on the local cloud, a place in a bucket on aws.",
      update: "SUPPORTED",
      extension: true,
      expects: 'an absolute path, such as "/backups", or "s3://bucket/prefix"',
      defaultText:
        "`backups` on the cluster's volume on the local cloud, `backups/NAME` in the cluster's bucket on aws",
    }),
    Recipients: z.array(z.string().regex(AGE_KEY)).min(1).max(20).optional().meta({
      description: "Public keys of age, of which each can open the backups.",
      update: "SUPPORTED",
      extension: true,
      expects: "a list of public keys of age, each `age1` and 58 letters and digits",
      defaultText: "a key that the cluster makes and keeps among its secrets",
    }),
  })
  .optional()
  .meta({
    description:
      "Backups of what the cluster knows: its file, Slurm's state, accounting and secrets. Without it none is made by itself.",
    update: "SUPPORTED",
    extension: true,
    byPresence: true,
    providers: ["local", "aws"],
    defaultText: "none",
  });
