import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { HEAD_LAYOUT, HEAD_NAME, SECRET_FILES } from "@sluice/boot";
import type { HeadCloud, SecretName } from "@sluice/cloud";
import { run } from "../run.ts";
import { install, makeDirectory } from "./files.ts";

export interface HeadSecrets {
  readonly databasePassword: string;
}

/**
 * The secrets of the cluster: the cloud's, where it keeps them, else made on the first start. They
 * are on the volume for the cluster's life, also for when the cloud does not answer.
 */
export async function ensureSecrets({
  address,
  cloud,
}: {
  readonly address: string;
  readonly cloud: Pick<HeadCloud, "secrets">;
}): Promise<HeadSecrets> {
  makeDirectory(HEAD_LAYOUT.secrets, 0o700);
  const path = (name: string): string => join(HEAD_LAYOUT.secrets, name);
  const ensure = async (name: SecretName, make: () => Buffer | string): Promise<Buffer> => {
    const file = path(SECRET_FILES[name]);
    const isKept = existsSync(file);
    const given = await cloud.secrets?.read(name).catch((error: unknown) => {
      if (!isKept) throw error;
    });
    if (given !== undefined || !isKept) {
      install({ path: file, content: given ?? make(), mode: 0o600 });
    }
    return readFileSync(file);
  };
  const munge = await ensure("munge", () => randomBytes(128));
  const jwt = await ensure("jwt", () => randomBytes(32));
  const password = await ensure("database", () => randomBytes(24).toString("hex"));
  await ensure("gateway", () => randomBytes(32).toString("hex"));
  if (!existsSync(path(SECRET_FILES.tlsCertificate))) await makeCertificate(path, address);

  // munged and slurmctld insist on owning what they read.
  install({ path: "/etc/munge/munge.key", content: munge, mode: 0o400, owner: "munge" });
  const slurmJwt = join(HEAD_LAYOUT.stateSave, SECRET_FILES.jwt);
  install({ path: slurmJwt, content: jwt, mode: 0o600, owner: "slurm" });
  return { databasePassword: password.toString("utf8") };
}

/** Self-signed, and carried to every machine in its user data: nobody else has to trust it. */
async function makeCertificate(path: (name: string) => string, address: string): Promise<void> {
  const key = path(SECRET_FILES.tlsKey);
  const certificate = path(SECRET_FILES.tlsCertificate);
  rmSync(key, { force: true });
  await run([
    "openssl",
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "3650",
    "-subj",
    `/CN=${HEAD_NAME}`,
    "-addext",
    `subjectAltName=DNS:${HEAD_NAME},IP:${address}`,
    "-keyout",
    key,
    "-out",
    `${certificate}.new`,
  ]);
  await run(["chmod", "600", key]);
  await run(["mv", `${certificate}.new`, certificate]);
}
