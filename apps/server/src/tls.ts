import { execFile } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Clock, messageOf, SluiceError } from "@sluice/model";
import type { ServerConfig } from "@sluice/server";
import type { ServerPaths } from "./paths.ts";

export interface TlsPair {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** SHA-256, where nobody signed it: who connects pins it. */
  readonly fingerprint: string | undefined;
}

const VALID_DAYS = 825;
/** Made anew when it would end so soon, in milliseconds. */
const RENEW_BEFORE = 30 * 24 * 3600_000;

/**
 * What the server shows; undefined for plain HTTP. A pair that it makes itself stays the same until
 * it runs out.
 *
 * Errors: `TLS_UNUSABLE`.
 */
export async function loadTls(
  { Tls, Address }: ServerConfig["Listen"],
  paths: Pick<ServerPaths, "tls">,
  clock: Clock,
): Promise<TlsPair | undefined> {
  if (Tls === undefined) return undefined;
  if (Tls.SelfMade) return selfMade(paths.tls, Address, clock);
  const { CertificateFile = "", KeyFile = "" } = Tls;
  return { ...(await readPair(CertificateFile, KeyFile, clock)), fingerprint: undefined };
}

async function readPair(certFile: string, keyFile: string, clock: Clock) {
  try {
    const [cert, key] = await Promise.all([readFile(certFile, "utf8"), readFile(keyFile, "utf8")]);
    const leaf = new X509Certificate(cert);
    if (!leaf.checkPrivateKey(createPrivateKey(key))) {
      throw unusable(`${keyFile} is not the key of ${certFile}`);
    }
    const now = clock.now();
    if (leaf.validToDate <= now) throw unusable(`${certFile} ran out on ${leaf.validTo}`);
    if (leaf.validFromDate > now) throw unusable(`${certFile} is valid from ${leaf.validFrom} on`);
    return { cert, key, leaf };
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    throw unusable(`${certFile} and ${keyFile} are no pair: ${messageOf(error)}`, error);
  }
}

async function selfMade(folder: string, address: string, clock: Clock): Promise<TlsPair> {
  const certFile = join(folder, "server.crt");
  const keyFile = join(folder, "server.key");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const old = await readPair(certFile, keyFile, clock).catch(() => undefined);
  const isFresh =
    old !== undefined &&
    old.leaf.validToDate.getTime() - clock.now().getTime() > RENEW_BEFORE &&
    old.leaf.checkHost(hostname()) !== undefined;
  if (!isFresh) await makePair(certFile, keyFile, address);
  const { cert, key, leaf } = await readPair(certFile, keyFile, clock);
  return { cert, key, fingerprint: leaf.fingerprint256 };
}

async function makePair(certFile: string, keyFile: string, address: string): Promise<void> {
  const names = ["DNS:localhost", `DNS:${hostname()}`, "IP:127.0.0.1", "IP:::1"];
  if (!/^(0\.0\.0\.0|::|127\.|::1$)/.test(address)) names.push(`IP:${address}`);
  await rm(keyFile, { force: true });
  await rm(`${keyFile}.new`, { force: true });
  const words = [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-days", `${VALID_DAYS}`, "-subj", "/CN=Sluice", "-addext"],
    `subjectAltName=${names.join(",")}`,
    ...["-keyout", `${keyFile}.new`, "-out", `${certFile}.new`],
  ];
  try {
    await promisify(execFile)("openssl", words, { timeout: 20_000 });
  } catch (error) {
    throw unusable(`openssl made no certificate: ${messageOf(error)}`, error);
  }
  await chmod(`${keyFile}.new`, 0o600);
  await rename(`${certFile}.new`, certFile);
  await rename(`${keyFile}.new`, keyFile);
}

function unusable(message: string, cause?: unknown): SluiceError {
  return new SluiceError("TLS_UNUSABLE", "user", message, {
    hint: "correct Listen/Tls in the server's file",
    cause,
  });
}
