export { type AwsAccountOptions, createAwsAccount } from "./account/account.ts";
export { type AwsCloudOptions, createAwsCloud } from "./cloud.ts";
