import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Cloud, ObjectEvents, ObjectFolder } from "@sluice/cloud";
import { type Account, SluiceError } from "@sluice/model";

/** Where in a cloud to look; what is missing is found as the cloud's own tools find it. */
export interface CloudPlace {
  readonly region?: string;
  /** Only clusters of this site are listed, by clouds where there may be others beside. */
  readonly site?: string;
}

/** What the least policy of who runs clusters is made for; what is missing stays open in it. */
export interface PolicyWish extends CloudPlace {
  /** Number of the account. */
  readonly account?: string;
  /** `CustomS3Bucket` of the cluster files. */
  readonly bucket?: string;
  /** Of who builds images, instead. */
  readonly images?: boolean;
  /** What who makes sites needs besides. */
  readonly sites?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The clouds that this program can open. */
export interface Clouds {
  /** In the order in which they are asked for a cluster of which only the name is given. */
  readonly providers: readonly string[];
  /**
   * Whether this host looks as if it used that cloud, told from settings alone: where not, it is
   * asked only when it is named.
   */
  isAtHand(provider: string, place: CloudPlace, env: Environment): Promise<boolean>;
  /** Asks nobody yet. Throws `PROVIDER_UNAVAILABLE` for a provider that is not one of them. */
  open(provider: string, place: CloudPlace): Promise<Cloud>;
  /**
   * An account of a vendor's cloud, to ask and not to touch.
   *
   * Errors: `ACCOUNT_UNAVAILABLE` when this version can't ask that cloud.
   */
  openAccount(provider: string, region: string | undefined): Promise<Account>;
  /**
   * The least rights with which one can create, run and delete clusters, as the cloud's own document.
   *
   * Errors: `UNSUPPORTED_BY_PROVIDER` for a cloud without such documents.
   */
  administratorPolicy(provider: string, wish: PolicyWish): Promise<unknown>;
}

interface KnownCloud {
  readonly isAtHand: (place: CloudPlace, env: Environment) => Promise<boolean>;
  readonly open: (place: CloudPlace) => Promise<Cloud>;
  readonly openAccount?: (region: string | undefined) => Promise<Account>;
  readonly administratorPolicy?: (wish: PolicyWish) => Promise<unknown>;
}

/** Each is loaded only when it is opened: users of one cloud never load another's SDK. */
const KNOWN: Readonly<Record<string, KnownCloud>> = {
  local: {
    isAtHand: async () => true,
    open: async () => (await import("@sluice/local")).createLocalCloud({}),
  },
  aws: {
    isAtHand: hasAwsSettings,
    open: async (place) => (await import("@sluice/aws")).createAwsCloud(place),
    openAccount: async (region) => {
      const { createAwsAccount } = await import("@sluice/aws");
      return createAwsAccount(region === undefined ? {} : { region });
    },
    administratorPolicy: async ({ images = false, sites = false, ...place }) => {
      const { administratorPolicy, imagePolicy, sitePolicy } = await import("@sluice/aws");
      if (sites) return sitePolicy(place);
      return images ? imagePolicy(place) : administratorPolicy(place);
    },
  },
};

export const knownClouds: Clouds = {
  providers: Object.keys(KNOWN),
  isAtHand: async (provider, place, env) =>
    Object.hasOwn(KNOWN, provider) && known(provider).isAtHand(place, env),
  open: async (provider, place) => known(provider).open(place),
  openAccount: async (provider, region) => {
    const open = Object.hasOwn(KNOWN, provider) ? known(provider).openAccount : undefined;
    if (open === undefined) throw accountUnavailable(provider);
    return open(region);
  },
  administratorPolicy: async (provider, wish) => {
    const { administratorPolicy } = known(provider);
    if (administratorPolicy !== undefined) return administratorPolicy(wish);
    throw new SluiceError(
      "UNSUPPORTED_BY_PROVIDER",
      "user",
      `the provider ${provider} knows no policies`,
      { hint: "name a provider that does, such as --provider aws" },
    );
  },
};

function known(provider: string): KnownCloud {
  const cloud = Object.hasOwn(KNOWN, provider) ? KNOWN[provider] : undefined;
  if (cloud === undefined) throw providerUnavailable(provider, Object.keys(KNOWN));
  return cloud;
}

/** Variables that say where or as whom; credentials alone come with a region in one of these. */
const AWS_SETTINGS = ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"];

async function hasAwsSettings({ region }: CloudPlace, env: Environment): Promise<boolean> {
  if (region !== undefined || AWS_SETTINGS.some((name) => env[name])) return true;
  const folder = join(env.HOME ?? "/", ".aws");
  const files = [
    env.AWS_CONFIG_FILE ?? join(folder, "config"),
    env.AWS_SHARED_CREDENTIALS_FILE ?? join(folder, "credentials"),
  ];
  const there = await Promise.all(
    files.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return there.includes(true);
}

export function providerUnavailable(provider: string, providers: readonly string[]): SluiceError {
  return new SluiceError(
    "PROVIDER_UNAVAILABLE",
    "user",
    `this version of sluice can't reach the provider ${provider}; it can only validate its files`,
    { hint: `the providers that it reaches are ${providers.join(" and ")}` },
  );
}

export function accountUnavailable(provider: string): SluiceError {
  return new SluiceError(
    "ACCOUNT_UNAVAILABLE",
    "user",
    `this version of sluice can't ask an account of the provider ${provider}`,
    { hint: "leave out --online" },
  );
}

/**
 * A place in a bucket by this user's own credentials, whatever the cluster's cloud is.
 *
 * Errors: `BUCKET_PLACE_INVALID`.
 */
export async function openObjectFolder(
  place: string,
  region: string | undefined,
): Promise<ObjectFolder> {
  const { openObjectFolder: open } = await import("@sluice/aws");
  return open(place, region === undefined ? {} : { region });
}

/** Queues of AWS with events of buckets, addresses by name: what a server's triggers wait at. */
export async function openObjectEvents(
  region: string,
  queues: Readonly<Record<string, string>>,
): Promise<ObjectEvents & AsyncDisposable> {
  const { sqsObjectEvents } = await import("@sluice/aws");
  return sqsObjectEvents(queues, { region });
}
