import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf, SluiceError } from "@sluice/model";
import { urlSuffix } from "../../names.ts";

export interface OwnCertificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

const VALID_DAYS = 3650;

/**
 * A certificate that nobody signed, for whatever name a load balancer of the region gets. People are
 * warned of it by their browsers, as by every one that Sluice makes itself.
 *
 * @throws SluiceError `CERTIFICATE_UNMADE` where there is no openssl.
 */
export async function makeCertificate(site: string, region: string): Promise<OwnCertificate> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-certificate-"));
  const [keyFile, certificateFile] = [join(folder, "key"), join(folder, "certificate")];
  const names = [
    `DNS:*.${region}.elb.${urlSuffix(region)}`,
    // As they were named in the beginning, and still are in some regions.
    `DNS:*.elb.${region}.${urlSuffix(region)}`,
  ];
  try {
    await promisify(execFile)(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "rsa:2048", "-nodes"],
        ...["-days", `${VALID_DAYS}`, "-subj", `/CN=${site} of Sluice`],
        ...["-addext", `subjectAltName=${names.join(",")}`],
        ...["-addext", "basicConstraints=critical,CA:FALSE"],
        ...["-addext", "extendedKeyUsage=serverAuth"],
        ...["-keyout", keyFile, "-out", certificateFile],
      ],
      { timeout: 20_000 },
    );
    const [key, certificate] = await Promise.all([
      readFile(keyFile, "utf8"),
      readFile(certificateFile, "utf8"),
    ]);
    return { key, certificate };
  } catch (error) {
    throw new SluiceError(
      "CERTIFICATE_UNMADE",
      "system",
      `openssl made no certificate for the site's balancer: ${messageOf(error).split("\n")[0]}`,
      {
        hint: "install openssl here, or name a certificate as Servers.CertificateArn in the site file",
        cause: error,
      },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
