export { type AwsAccountOptions, createAwsAccount } from "./account/account.ts";
export { type AwsCloudOptions, createAwsCloud } from "./cloud.ts";
export { administratorPolicy } from "./iam-policy.ts";
export { imagePolicy } from "./image-policy.ts";
export { sqsObjectEvents } from "./object-events.ts";
export { openObjectFolder } from "./open-object-folder.ts";
export { sitePolicy } from "./site-policy.ts";
