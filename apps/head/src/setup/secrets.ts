import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { HEAD_LAYOUT, HEAD_NAME, SECRET_FILES } from "@sluice/boot";
import { run } from "../run.ts";
import { install, makeDirectory } from "./files.ts";

export interface HeadSecrets {
  readonly databasePassword: string;
}

/** The secrets of the cluster, made on its first start and kept on the volume for its life. */
export async function ensureSecrets(address: string): Promise<HeadSecrets> {
  makeDirectory(HEAD_LAYOUT.secrets, 0o700);
  const path = (name: string): string => join(HEAD_LAYOUT.secrets, name);
  const ensure = (name: string, make: () => Buffer | string): Buffer => {
    if (!existsSync(path(name))) install({ path: path(name), content: make(), mode: 0o600 });
    return readFileSync(path(name));
  };
  const munge = ensure(SECRET_FILES.munge, () => randomBytes(128));
  const jwt = ensure(SECRET_FILES.jwt, () => randomBytes(32));
  const password = ensure(SECRET_FILES.database, () => randomBytes(24).toString("hex"));
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
