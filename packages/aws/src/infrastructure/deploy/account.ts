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

/**
 * Whose account the credentials are of, and which region was chosen.
 *
 * Errors: `AWS_NO_CREDENTIALS`, `AWS_EXPIRED_CREDENTIALS`, `AWS_NO_REGION`, `AWS_UNREACHABLE`.
 */
export async function accountPlace(clients: Clients): Promise<AccountPlace> {
  const { sdk, client } = await sts(clients);
  const region = await client.config.region().catch(() => {
    throw noRegion();
  });
  const { Account, Arn = "" } = await client.send(new sdk.GetCallerIdentityCommand({}));
  if (Account === undefined) {
    throw new SluiceError("AWS_REFUSED", "cloud", "AWS did not say whose credentials these are");
  }
  return { account: Account, partition: Arn.split(":")[1] ?? "aws", region };
}
