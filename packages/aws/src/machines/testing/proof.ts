import { createHash, createHmac } from "node:crypto";
import { UNIQUE, type World } from "./world.ts";

const BODY = "Action=GetCallerIdentity&Version=2011-06-15";

/** What a machine sends to prove itself: a request to STS, signed by Signature Version 4. */
export function proofOf(
  world: World,
  instanceId: string,
  unique = UNIQUE,
  keys = world.credentialsOf(instanceId),
): string {
  const { region } = world;
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const headers: Record<string, string> = {
    "content-type": "application/x-www-form-urlencoded",
    host: new URL(region.endpoint).host,
    "x-amz-date": stamp,
    "x-amz-security-token": keys.sessionToken,
    "x-sluice-cluster": `c-${unique}`,
  };
  const names = Object.keys(headers).sort();
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  const canonical = [
    "POST",
    "/",
    "",
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    names.join(";"),
    sha256(BODY),
  ].join("\n");
  const scope = [stamp.slice(0, 8), region.name, "sts", "aws4_request"];
  const text = ["AWS4-HMAC-SHA256", stamp, scope.join("/"), sha256(canonical)].join("\n");
  let key: Buffer = Buffer.from(`AWS4${keys.secretAccessKey}`);
  for (const part of [...scope, text]) key = createHmac("sha256", key).update(part).digest();
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope.join("/")}, SignedHeaders=${names.join(";")}, Signature=${key.toString("hex")}`;
  return JSON.stringify({ method: "POST", headers, body: BODY });
}
