import { readFile } from "node:fs/promises";
import { connect as connectTcp, isIP } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { isSluiceError, SluiceError } from "@sluice/model";
import {
  Client,
  type Entry,
  EqualityFilter,
  InvalidCredentialsError,
  NoSuchObjectError,
  UnwillingToPerformError,
} from "ldapts";
import type { LdapConfig } from "./config.ts";
import type { ExternalPerson } from "./external.ts";
import { readSecret } from "./secrets.ts";

/** Looks for members of members too, in Active Directory. */
const IN_CHAIN = "1.2.840.113556.1.4.1941";

const ACCOUNT_CONTROL = "userAccountControl";
/** ACCOUNTDISABLE. */
const DISABLED = 2;

const KINDS = {
  ldap: {
    users: "(&(objectClass=person)(uid={name}))",
    name: "uid",
    id: "entryUUID",
    groups: "(|(member={dn})(uniqueMember={dn})(memberUid={name}))",
  },
  "active-directory": {
    users: "(&(objectClass=user)(sAMAccountName={name}))",
    name: "sAMAccountName",
    id: "objectGUID",
    groups: `(member:${IN_CHAIN}:={dn})`,
  },
} as const;

/** LDAP or Active Directory, which knows people and their passwords. */
export interface Directory {
  readonly config: LdapConfig;
  /**
   * Who that is, if the password is right. Undefined otherwise, also for names that nobody has, which
   * takes as many questions.
   *
   * Errors: `DIRECTORY_UNREACHABLE`.
   */
  verify(name: string, password: string): Promise<ExternalPerson | undefined>;
  /**
   * Whose id that is now, without a password. Undefined: nobody's whom `Users.Filter` finds, or an
   * account that is disabled there.
   *
   * @param known what the account is called here: of several names that one is meant while it is there.
   *
   * Errors: `DIRECTORY_UNREACHABLE`.
   */
  look(externalId: string, known: string): Promise<ExternalPerson | undefined>;
  /** Signs in as the service and looks at the base. Errors: those of `verify`. */
  check(): Promise<void>;
}

export function createDirectory(
  config: LdapConfig,
  env: Readonly<Record<string, string | undefined>>,
): Directory {
  const kind = KINDS[config.Kind];
  const nameAttribute = config.Users.NameAttribute ?? kind.name;
  const asService = async <T>(work: (client: Client) => Promise<T>): Promise<T> => {
    const secret = { file: config.PasswordFile, environment: config.PasswordEnvironment };
    let client: Client | undefined;
    try {
      const password = await readSecret(secret, env);
      client = await open(config);
      await client.bind(config.BindDn, password);
      return await work(client);
    } catch (error) {
      throw unreachable(config, error);
    } finally {
      await client?.unbind().catch(() => {});
    }
  };

  const findUser = async (client: Client, name: string): Promise<Entry | undefined> => {
    const { Base, Filter = kind.users, ...attributes } = config.Users;
    const { searchEntries } = await client.search(Base, {
      filter: filled(Filter, { name }),
      attributes: [
        nameAttribute,
        kind.id,
        "memberOf",
        ACCOUNT_CONTROL,
        attributes.DisplayNameAttribute,
        attributes.MailAttribute,
        ...(attributes.UnixUserAttribute === undefined ? [] : [attributes.UnixUserAttribute]),
      ],
      explicitBufferAttributes: ["objectGUID"],
      sizeLimit: 2,
    });
    // Of two that are called so neither is meant.
    return searchEntries.length === 1 ? searchEntries[0] : undefined;
  };

  const namesById = async (client: Client, externalId: string): Promise<string[]> => {
    const dn = /^dn:(.*)$/s.exec(externalId)?.[1];
    const value = kind.id === "objectGUID" ? Buffer.from(externalId, "hex") : externalId;
    try {
      const { searchEntries } = await client.search(dn ?? config.Users.Base, {
        ...(dn === undefined
          ? { filter: new EqualityFilter({ attribute: kind.id, value }) }
          : { scope: "base" }),
        attributes: [nameAttribute],
        sizeLimit: 2,
      });
      const [entry] = searchEntries;
      return entry === undefined ? [] : valuesOf(entry, nameAttribute);
    } catch (error) {
      if (error instanceof NoSuchObjectError) return [];
      throw error;
    }
  };

  const groupsOf = async (client: Client, user: Entry, name: string): Promise<Set<string>> => {
    const groups = new Set(valuesOf(user, "memberOf").map(folded));
    if (config.Groups === undefined) return groups;
    const { Base, Filter = kind.groups, NameAttribute } = config.Groups;
    const { searchEntries } = await client.search(Base, {
      filter: filled(Filter, { dn: user.dn, name }),
      attributes: [NameAttribute],
      paged: { pageSize: 500 },
    });
    for (const entry of searchEntries) {
      groups.add(folded(entry.dn));
      for (const one of valuesOf(entry, NameAttribute)) groups.add(folded(one));
    }
    return groups;
  };

  const personOf = (user: Entry, groups: ReadonlySet<string>, name: string): ExternalPerson => {
    const { DisplayNameAttribute, MailAttribute, UnixUserAttribute } = config.Users;
    const names = valuesOf(user, nameAttribute);
    return {
      externalId: idOf(user, kind.id),
      names: [names.find((one) => folded(one) === folded(name)) ?? names[0] ?? name, ...names],
      displayName: valuesOf(user, DisplayNameAttribute)[0],
      email: valuesOf(user, MailAttribute)[0],
      unixUser: UnixUserAttribute === undefined ? null : valuesOf(user, UnixUserAttribute)[0],
      isIn: (group) => groups.has(folded(group)),
    };
  };

  return {
    config,

    verify: (name, password) => {
      // A bind without a password succeeds as nobody.
      if (password === "") return Promise.resolve(undefined);
      return asService(async (client) => {
        const user = await findUser(client, name);
        const nobody = { dn: `cn=nobody,${config.Users.Base}` };
        const groups = await groupsOf(client, user ?? nobody, name);
        const isRight = await isPasswordOf(client, (user ?? nobody).dn, password);
        return user === undefined || !isRight ? undefined : personOf(user, groups, name);
      });
    },

    look: (externalId, known) =>
      asService(async (client) => {
        const names = await namesById(client, externalId);
        const name = names.find((one) => folded(one) === folded(known)) ?? names[0];
        const user = name === undefined ? undefined : await findUser(client, name);
        if (name === undefined || user === undefined || isDisabled(user)) return undefined;
        // Of another who has the name by now.
        if (idOf(user, kind.id) !== externalId) return undefined;
        return personOf(user, await groupsOf(client, user, name), name);
      }),

    check: () =>
      asService(async (client) => {
        await client.search(config.Users.Base, { scope: "base", attributes: ["1.1"] });
      }),
  };
}

/** On one connection and no other: the library would open the next without StartTLS. */
async function open(config: LdapConfig): Promise<Client> {
  const { CertificateAuthorityFile: file, TimeoutSeconds, StartTls, Url } = config;
  const host = new URL(Url).hostname.replace(/^\[|\]$/g, "");
  const isSecure = Url.startsWith("ldaps:");
  const tls: ConnectionOptions = {
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(file === undefined ? {} : { ca: await readFile(file, "utf8") }),
    minVersion: "TLSv1.2",
  };
  const client = new Client({
    url: Url,
    timeout: TimeoutSeconds * 1000,
    connectTimeout: TimeoutSeconds * 1000,
    ...(isSecure ? { tlsOptions: tls } : {}),
    createConnection: once(connectTcp as (...args: unknown[]) => unknown),
    createSecureConnection: once(connectTls as (...args: unknown[]) => unknown),
  });
  if (StartTls && !isSecure) await client.startTLS(tls);
  return client;
}

function once<F>(connect: (...args: unknown[]) => unknown): F {
  let isUsed = false;
  return ((...args: unknown[]) => {
    if (isUsed) throw new Error("the connection ended in the middle");
    isUsed = true;
    return connect(...args);
  }) as F;
}

async function isPasswordOf(client: Client, dn: string, password: string): Promise<boolean> {
  try {
    await client.bind(dn, password);
    return true;
  } catch (error) {
    if (error instanceof InvalidCredentialsError) return false;
    if (error instanceof UnwillingToPerformError) return false;
    throw error;
  }
}

/** Puts values into a filter, where none can end its place (RFC 4515). */
function filled(filter: string, values: Readonly<Record<string, string>>): string {
  return filter.replace(/\{(\w+)\}/g, (place, key: string) => {
    const value = values[key];
    return value === undefined ? place : escaped(value);
  });
}

export function escaped(value: string): string {
  return [...Buffer.from(value, "utf8")]
    .map((byte) =>
      /[A-Za-z0-9 @._-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `\\${byte.toString(16).padStart(2, "0")}`,
    )
    .join("");
}

function valuesOf(entry: Entry | { readonly dn: string }, attribute: string): string[] {
  const key = Object.keys(entry).find((one) => one.toLowerCase() === attribute.toLowerCase());
  const value = key === undefined ? [] : (entry as Entry)[key];
  return [value ?? []].flat().filter((one): one is string => typeof one === "string" && one !== "");
}

function isDisabled(entry: Entry): boolean {
  return (Number(valuesOf(entry, ACCOUNT_CONTROL)[0] ?? 0) & DISABLED) !== 0;
}

function idOf(entry: Entry, attribute: string): string {
  const [value] = [entry[attribute] ?? []].flat();
  if (Buffer.isBuffer(value) && value.length > 0) return value.toString("hex");
  return typeof value === "string" && value !== "" ? value : `dn:${folded(entry.dn)}`.slice(0, 255);
}

/** Names and DNs are compared without case and without the spaces that may stand in DNs. */
function folded(text: string): string {
  return text.toLowerCase().replace(/\s*([,=])\s*/g, "$1");
}

/** Says to strangers no more than that: where and why is in the cause. */
function unreachable({ Name }: LdapConfig, cause: unknown): SluiceError {
  if (isSluiceError(cause) && cause.code === "DIRECTORY_UNREACHABLE") return cause;
  return new SluiceError(
    "DIRECTORY_UNREACHABLE",
    "system",
    `the directory ${Name} can't be asked at the moment`,
    { hint: "try again later; who is signed in stays so", cause },
  );
}
