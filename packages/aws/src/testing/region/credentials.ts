import { randomBytes } from "node:crypto";
import type { Caller, Service } from "./contract.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { isSignedWith, type Signature, sha256 } from "./sigv4.ts";
import type { WireRequest } from "./wire.ts";

/** Keys that requests are signed with, as an SDK takes them. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Signatures hold this long before and after. */
const SKEW_MS = 15 * 60_000;

/** Every access key that the region knows, and whose it is. */
export class Credentials {
  readonly #now: () => Date;
  readonly #keys = new Map<string, { readonly key: AccessKey; readonly caller: Caller }>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Keys for good, of users. */
  add(key: AccessKey, caller: Caller): void {
    this.#keys.set(key.accessKeyId, { key, caller });
  }

  /** Temporary keys, of roles. @param seconds that they hold; none or less are over already. */
  issue(caller: Caller, seconds: number): Required<AccessKey> {
    const key = {
      accessKeyId: `ASIA${randomBytes(8).toString("hex").toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString("base64"),
      sessionToken: randomBytes(96).toString("base64"),
      expiration: new Date(this.#now().getTime() + seconds * 1000),
    };
    this.#keys.set(key.accessKeyId, { key, caller });
    return key;
  }

  /** Who signed the request. @throws ServiceError as the service words it. */
  callerOf(
    service: Pick<Service, "name" | "protocol">,
    request: WireRequest,
    signature: Signature | undefined,
    region: string,
  ): Caller {
    const no = (refusal: Refusal, message: string): never => {
      throw refuse(service, refusal, message);
    };
    if (signature === undefined) return no("unsigned", "Request is missing Authentication Token");
    const known = this.#keys.get(signature.accessKeyId);
    if (known === undefined) {
      return no("unknown-key", "The security token included in the request is invalid.");
    }
    const { key, caller } = known;
    if (signature.sessionToken !== key.sessionToken) {
      return no("wrong-token", "The security token included in the request is invalid.");
    }
    if (!isSignedWith(key.secretAccessKey, signature, request) || !isBodyAsSaid(request)) {
      return no(
        "wrong-signature",
        "The request signature we calculated does not match the signature you provided.",
      );
    }
    // S3 itself says where a bucket is.
    const isRight = [region, GLOBAL_REGION].includes(signature.region) || service.name === "s3";
    if (!isRight) {
      return no(
        "wrong-signature",
        `Credential should be scoped to a valid region, not '${signature.region}'.`,
      );
    }
    const now = this.#now().getTime();
    const age = now - signature.signedAt.getTime();
    if (signature.expires !== undefined && age > signature.expires * 1000) {
      return no("expired-url", "Request has expired");
    }
    if (age < -SKEW_MS || (signature.expires === undefined && age > SKEW_MS)) {
      return no("wrong-time", `Signature expired: ${signature.signedAt.toISOString()}`);
    }
    if (key.expiration !== undefined && key.expiration.getTime() <= now) {
      return no("expired-token", "The security token included in the request is expired");
    }
    return caller;
  }
}

/** Services without a region are signed for this one. */
const GLOBAL_REGION = "us-east-1";

function isBodyAsSaid({ headers, body }: WireRequest): boolean {
  const said = headers["x-amz-content-sha256"];
  return said === undefined || !/^[0-9a-f]{64}$/.test(said) || said === sha256(body);
}
