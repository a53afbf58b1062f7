export { type AwsAccountOptions, createAwsAccount } from "./account/account.ts";
