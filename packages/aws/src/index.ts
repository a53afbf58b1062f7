export { type AwsAccountOptions, createAwsAccount } from "./account/account.ts";
export { type AwsCloudOptions, createAwsCloud } from "./cloud.ts";
export { administratorPolicy, type PolicyDocument, type PolicyPlace } from "./iam-policy.ts";
export { imagePolicy } from "./image-policy.ts";
