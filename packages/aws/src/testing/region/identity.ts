import { generateKeyPairSync, sign } from "node:crypto";
import type { MetadataTree } from "./metadata-tree.ts";
import type { Region } from "./region.ts";
import type { Machine } from "./services/ec2/index.ts";

/** Documents that say who a machine is, signed with a key that the region makes. */
export class Identity {
  readonly #region: Region;
  #pair: { readonly publicKey: string; readonly privateKey: string } | undefined;

  constructor(region: Region) {
    this.#region = region;
  }

  /** PEM */
  get publicKey(): string {
    return this.#keys.publicKey;
  }

  /** Made when they are first asked for: that takes a while. */
  get #keys(): { readonly publicKey: string; readonly privateKey: string } {
    this.#pair ??= generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    return this.#pair;
  }

  /** What is below `dynamic/`. */
  tree(machine: Machine): MetadataTree {
    const document = this.#document(machine);
    const signature = sign("sha256", Buffer.from(document), this.#keys.privateKey).toString(
      "base64",
    );
    return new Map([
      ["instance-identity/document", document],
      ["instance-identity/signature", signature.replace(/.{64}(?=.)/g, "$&\n")],
    ]);
  }

  #document({ id, type, zone, arch, row }: Machine): string {
    const document = {
      accountId: this.#region.account,
      architecture: arch,
      availabilityZone: zone,
      billingProducts: null,
      devpayProductCodes: null,
      marketplaceProductCodes: null,
      imageId: row.ImageId,
      instanceId: id,
      instanceType: type,
      kernelId: null,
      pendingTime: row.LaunchTime?.toISOString().replace(/\.\d+Z$/, "Z"),
      privateIp: row.PrivateIpAddress,
      ramdiskId: null,
      region: this.#region.name,
      version: "2017-09-30",
    };
    return JSON.stringify(document, undefined, 2);
  }
}
