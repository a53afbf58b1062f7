import { z } from "zod";
import "./meta.ts";

export const providerSchema = z.enum(["aws", "azure", "local"]).default("aws").meta({
  description: "The cloud that the cluster runs in; `local` is the machine in front of you.",
  update: "UNSUPPORTED",
  extension: true,
});

export type Provider = "aws" | "azure" | "local";
