import type { DefineCommand } from "../command.ts";
import { usage } from "../usage.ts";

interface Options {
  readonly accountId?: string;
  readonly customS3Bucket?: string;
  readonly images?: true;
  readonly sites?: true;
}

export const iamPolicyCommand: DefineCommand = (program, cli) => {
  program
    .command("iam-policy")
    .description("print the least policy of whoever creates and runs clusters, without any account")
    .option("--account-id <number>", "only in this account")
    .option("--custom-s3-bucket <name>", "the bucket that the cluster files name")
    .option("--images", "that of whoever builds machine images instead")
    .option("--sites", "what whoever makes sites needs besides")
    .action(
      cli.action<Options>(async (context, options) => {
        const { accountId: account, customS3Bucket: bucket, images, sites } = options;
        if (account !== undefined && !/^\d{12}$/.test(account)) {
          const hint = "give its twelve digits";
          throw usage(`--account-id ${account} is not an account's number`, hint);
        }
        const { region } = context;
        const policy = await context.clouds.administratorPolicy(context.provider ?? "aws", {
          ...(account === undefined ? {} : { account }),
          ...(region === undefined ? {} : { region }),
          ...(bucket === undefined ? {} : { bucket }),
          ...(images === undefined ? {} : { images }),
          ...(sites === undefined ? {} : { sites }),
        });
        await context.output.emit(policy, () => `${JSON.stringify(policy, null, 2)}\n`);
        return 0;
      }),
    );
};
