import type { AccessKey } from "./credentials.ts";
import type { MetadataTree } from "./metadata-tree.ts";
import type { Region } from "./region.ts";
import type { Machine } from "./services/ec2/index.ts";

const LIFETIME_SECONDS = 6 * 3600;
/** New keys are there this long before the old ones end. */
const OVERLAP_MS = 15 * 60_000;

/** Credentials of machines' roles, changed in time. */
export class RoleKeys {
  readonly #region: Region;
  readonly #issued = new Map<string, Required<AccessKey>>();

  constructor(region: Region) {
    this.#region = region;
  }

  /** What metadata says of the machine's role below `iam/`. */
  tree(machine: Machine): MetadataTree {
    const { profile } = machine;
    if (profile === undefined) return new Map();
    const LastUpdated = time(this.#region.now());
    const info = {
      Code: "Success",
      LastUpdated,
      InstanceProfileArn: profile.arn,
      InstanceProfileId: profile.id,
    };
    // The role may have come into the profile, or gone, since the machine was launched.
    const role = this.#region.iam.roleOfProfile(profile.arn);
    if (role === undefined) return new Map([["iam/info", shown(info)]]);
    const key = this.#keyOf(machine.id, role.name);
    const credentials = {
      Code: "Success",
      LastUpdated,
      Type: "AWS-HMAC",
      AccessKeyId: key.accessKeyId,
      SecretAccessKey: key.secretAccessKey,
      Token: key.sessionToken,
      Expiration: time(key.expiration),
    };
    return new Map([
      ["iam/info", shown(info)],
      [`iam/security-credentials/${role.name}`, shown(credentials)],
    ]);
  }

  #keyOf(instanceId: string, role: string): Required<AccessKey> {
    const name = `${instanceId}/${role}`;
    const issued = this.#issued.get(name);
    const until = this.#region.now().getTime() + OVERLAP_MS;
    if (issued !== undefined && issued.expiration.getTime() > until) return issued;
    const caller = this.#region.machineCaller(role, instanceId);
    const fresh = this.#region.keys.issue(caller, LIFETIME_SECONDS);
    this.#issued.set(name, fresh);
    return fresh;
  }
}

function shown(value: object): string {
  return JSON.stringify(value, undefined, 2);
}

function time(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, "Z");
}
