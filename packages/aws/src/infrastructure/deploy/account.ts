import { SluiceError } from "@sluice/model";
import type { Clients } from "../../clients.ts";
import { noRegion } from "../../credentials.ts";
import { sts } from "../../sdk.ts";

/** Where clusters are made. */
export interface AccountPlace {
  readonly account: string;
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  readonly region: string;
}

/** Errors: `AWS_NO_REGION`, also for what can't be one, before it is part of an address. */
export async function chosenRegion(config: {
  readonly region: () => Promise<string>;
}): Promise<string> {
  const region = await config.region().catch(() => "");
  if (/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region)) return region;
  throw noRegion(region);
}

/**
 * Whose account the credentials are of, and which region was chosen.
 *
 * Errors: `AWS_NO_CREDENTIALS`, `AWS_EXPIRED_CREDENTIALS`, `AWS_NO_REGION`, `AWS_UNREACHABLE`.
 */
export async function accountPlace(clients: Clients): Promise<AccountPlace> {
  const { sdk, client } = await sts(clients);
  const region = await chosenRegion(client.config);
  const { Account, Arn = "" } = await client.send(new sdk.GetCallerIdentityCommand({}));
  if (Account === undefined) {
    throw new SluiceError("AWS_REFUSED", "cloud", "AWS did not say whose credentials these are");
  }
  return { account: Account, partition: Arn.split(":")[1] ?? "aws", region };
}
