/** Outputs of the stack; apart from what makes it, since the CDK is not everywhere. */
export const JOB_API_OUTPUTS = { endpoint: "Endpoint", bucket: "UploadBucket" } as const;
