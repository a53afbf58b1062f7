import { randomBytes } from "node:crypto";
import { type Caller, ServiceError } from "../../contract.ts";
import type { PolicyDocument } from "../../policy.ts";
import { AWS_POLICIES } from "./aws-policies.ts";

/** Who policies are attached to. */
export interface Holder {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  readonly createdAt: Date;
  readonly inline: Map<string, string>;
  /** ARNs of managed policies. */
  readonly attached: Set<string>;
  boundary: string | undefined;
  tags: ReadonlyMap<string, string>;
}

export interface Role extends Holder {
  /** Who may take the role, as JSON. */
  trust: string;
  description: string | undefined;
  maxSessionSeconds: number;
}

export interface ManagedPolicy {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  readonly createdAt: Date;
  /** By version: `v1`. */
  readonly versions: Map<string, string>;
  defaultVersion: string;
  tags: ReadonlyMap<string, string>;
}

export interface InstanceProfile {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  readonly createdAt: Date;
  /** Names; none or one. */
  readonly roles: Set<string>;
  tags: ReadonlyMap<string, string>;
}

/** Who may do what, of the account. */
export class IamState {
  readonly users = new Map<string, Holder>();
  readonly roles = new Map<string, Role>();
  readonly instanceProfiles = new Map<string, InstanceProfile>();
  /** By ARN; AWS's own are not among them. */
  readonly policies = new Map<string, ManagedPolicy>();
  readonly #account: string;
  readonly #now: () => Date;

  constructor({ account, now }: { readonly account: string; readonly now: () => Date }) {
    this.#account = account;
    this.#now = now;
  }

  /** A user who may do anything. */
  addAdministrator(name: string): Caller {
    const user = this.holder("user", "AIDA", name, "/");
    user.attached.add("arn:aws:iam::aws:policy/AdministratorAccess");
    this.users.set(name, user);
    return { account: this.#account, arn: user.arn };
  }

  holder(kind: string, idPrefix: string, name: string, path: string): Holder {
    return {
      ...this.named(kind, idPrefix, name, path),
      inline: new Map(),
      attached: new Set(),
      boundary: undefined,
      tags: new Map(),
    };
  }

  named(
    kind: string,
    idPrefix: string,
    name: string,
    path: string,
  ): Pick<Holder, "name" | "path" | "arn" | "id" | "createdAt"> {
    return {
      name,
      path,
      arn: `arn:aws:iam::${this.#account}:${kind}${path}${name}`,
      id: `${idPrefix}${randomBytes(8).toString("hex").toUpperCase()}`,
      createdAt: this.#now(),
    };
  }

  /** The document of a managed policy, as JSON. */
  document(arn: string): string | undefined {
    const ours = this.policies.get(arn);
    if (ours !== undefined) return ours.versions.get(ours.defaultVersion);
    const theirs = AWS_POLICIES[arn];
    return theirs === undefined ? undefined : JSON.stringify(theirs);
  }

  /** Every kind must allow what the caller wants. */
  policiesOf(caller: Caller): {
    readonly identity: readonly PolicyDocument[];
    readonly boundary?: readonly PolicyDocument[];
  } {
    const holder =
      caller.role === undefined
        ? this.users.get(caller.arn.split("/").at(-1) ?? "")
        : this.roles.get(caller.role);
    if (holder === undefined) return { identity: [] };
    const attached = [...holder.attached].flatMap((arn) => this.document(arn) ?? []);
    const identity = [...holder.inline.values(), ...attached].map(parsed);
    if (holder.boundary === undefined) return { identity };
    return { identity, boundary: [parsed(this.document(holder.boundary) ?? "{}")] };
  }

  role(name: string): Role {
    return this.roles.get(name) ?? missing(`The role with name ${name} cannot be found.`);
  }

  user(name: string): Holder {
    return this.users.get(name) ?? missing(`The user with name ${name} cannot be found.`);
  }

  instanceProfile(name: string): InstanceProfile {
    return this.instanceProfiles.get(name) ?? missing(`Instance Profile ${name} cannot be found.`);
  }

  /** @param reference name or ARN, as EC2 takes it. */
  roleOfProfile(reference: string): Role | undefined {
    const profile = this.instanceProfiles.get(reference.split("/").at(-1) ?? "");
    const [name] = profile?.roles ?? [];
    return name === undefined ? undefined : this.roles.get(name);
  }
}

export function missing(message: string): never {
  throw new ServiceError("NoSuchEntity", message, 404);
}

function parsed(document: string): PolicyDocument {
  return { Statement: [], ...(JSON.parse(document) as Partial<PolicyDocument>) };
}
