import { z } from "zod";
import "./meta.ts";
import { REMOVED_OSES } from "./removed-oses.ts";

/** Of the local cloud. */
export const LOCAL_OSES = ["debian13", "debian12", "debian14"] as const;
/** Releases of Debian that have images of their maker's on AWS. */
export const AWS_DEBIANS = ["debian13", "debian12"] as const;
export const CLOUD_OSES = [
  "alinux2023",
  "ubuntu2204",
  "ubuntu2404",
  "rhel8",
  "rhel9",
  "rocky8",
  "rocky9",
] as const;

export type Os = (typeof LOCAL_OSES)[number] | (typeof CLOUD_OSES)[number];

export const imageSchema = z
  .strictObject({
    Os: z
      .enum([...LOCAL_OSES, ...CLOUD_OSES])
      .optional()
      .meta({
        description:
          "Operating system of every machine. The local cloud has debian13 (Slurm 24.11), debian12 (Slurm 22.05) and debian14 (Slurm 26.05, Debian in the making), aws has all but debian14, azure has all but those of Debian and alinux2023.",
        update: "UNSUPPORTED",
        defaultText: "debian13 on the local cloud, required elsewhere",
        refused: REMOVED_OSES,
      }),
    CustomAmi: z
      .string()
      .regex(/^ami-[0-9a-z]{8}$|^ami-[0-9a-z]{17}$/)
      .optional()
      .meta({
        description: "Machine image to boot instead of the official one.",
        update: "UNSUPPORTED",
        providers: ["aws"],
        expects: 'the id of an image, such as "ami-0123456789abcdef0"',
      }),
  })
  .optional()
  .meta({
    description: "What the machines boot.",
    update: "UNSUPPORTED",
    defaultText: "required except on the local cloud",
  });
