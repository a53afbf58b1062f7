import type { Cloud } from "@sluice/cloud";
import { type Account, SluiceError } from "@sluice/model";

/** The clouds that this program can open. */
export interface Clouds {
  /** Those whose clusters are looked through when only a name is given. */
  readonly providers: readonly string[];
  /** Throws `PROVIDER_UNAVAILABLE` for any other. */
  open(provider: string): Promise<Cloud>;
  /**
   * An account of a vendor's cloud, to ask and not to touch.
   *
   * Errors: `ACCOUNT_UNAVAILABLE` when this version can't ask that cloud.
   */
  openAccount(provider: string, region: string | undefined): Promise<Account>;
}

/** Each is loaded only when it is opened: users of one cloud never load another's SDK. */
const OPEN: Readonly<Record<string, () => Promise<Cloud>>> = {
  local: async () => (await import("@sluice/local")).createLocalCloud({}),
};

const ACCOUNTS: Readonly<Record<string, (region: string | undefined) => Promise<Account>>> = {
  aws: async (region) => {
    const { createAwsAccount } = await import("@sluice/aws");
    return createAwsAccount(region === undefined ? {} : { region });
  },
};

export const knownClouds: Clouds = {
  providers: Object.keys(OPEN),
  open: async (provider) => {
    const open = OPEN[provider];
    if (open === undefined) throw providerUnavailable(provider, Object.keys(OPEN));
    return open();
  },
  openAccount: async (provider, region) => {
    const open = ACCOUNTS[provider];
    if (open === undefined) throw accountUnavailable(provider);
    return open(region);
  },
};

export function providerUnavailable(provider: string, known: readonly string[]): SluiceError {
  return new SluiceError(
    "PROVIDER_UNAVAILABLE",
    "user",
    `this version of sluice can't reach the provider ${provider}; it can only validate its files`,
    { hint: `write Provider: ${known.join(" or ")} in the cluster file` },
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
