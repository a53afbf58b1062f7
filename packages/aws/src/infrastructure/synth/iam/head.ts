import { Aws } from "aws-cdk-lib/core";
import { factsPath, OBJECTS } from "../../../names.ts";
import { arnOf, type Scope } from "../scope.ts";
import { agentStatements } from "./agent.ts";
import { backupStatements } from "./backups.ts";
import { dcvStatements } from "./dcv.ts";
import { efsStatements } from "./file-system-access.ts";
import { machineStatements } from "./head-machines.ts";
import { foreignRoles } from "./pass-role.ts";
import { type RoleSettings, rolePath } from "./roles.ts";
import { OWN_BUCKET, s3Statements } from "./s3-access.ts";
import { allow, type Statement } from "./statement.ts";

/** What the head's rights are about, besides machines. */
export interface HeadSurroundings {
  readonly vpcId: string;
  readonly noticesQueueArn: string;
  readonly secretArns: readonly string[];
  readonly logGroupName: string | undefined;
  /** ARNs; none where there is one head. */
  readonly lead: {
    /** Those with a route to the head that leads. */
    readonly routeTables: readonly string[];
    /** Of the heads. */
    readonly interfaces: readonly string[];
  };
}

/** What the head may do: everything by name, by the cluster's tag or within its network. */
export function headStatements(
  scope: Scope,
  settings: RoleSettings,
  around: HeadSurroundings,
): readonly Statement[] {
  const { config, request } = scope;
  const { name: bucket, prefix } = request.bucket;
  const bucketArn = `arn:${Aws.PARTITION}:s3:::${bucket}`;
  const facts = factsPath(request.name, request.unique);
  const ownRoles = `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role${rolePath(settings, "compute")}*`;
  const { logGroupName: logs } = around;
  return [
    ...machineStatements(scope, around.vpcId),
    ...leadStatements(around.lead),
    ...existingDisks(scope),
    ...diskKeys(scope),
    allow("PassRoles", ["iam:PassRole"], [ownRoles, ...foreignRoles(scope).inline], {
      StringEquals: { "iam:PassedToService": `ec2.${Aws.URL_SUFFIX}` },
    }),
    allow(
      "Notices",
      ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
      [around.noticesQueueArn],
    ),
    allow(
      "ReadBucket",
      ["s3:GetObject"],
      [`${bucketArn}/bundles/*`, `${bucketArn}/${prefix}/*`],
      OWN_BUCKET,
    ),
    allow(
      "WriteBucket",
      ["s3:PutObject"],
      [`${bucketArn}/${OBJECTS.index(prefix)}`, `${bucketArn}/${prefix}/head/*`],
      OWN_BUCKET,
    ),
    // Former versions of what is written every second are of no use to anybody.
    allow(
      "ForgetRegisters",
      ["s3:DeleteObjectVersion"],
      [`${bucketArn}/${OBJECTS.register(prefix, "*")}`],
      OWN_BUCKET,
    ),
    // Without it, what was never written can't be told from what must not be read.
    allow("SeeBucket", ["s3:ListBucket"], [bucketArn], OWN_BUCKET),
    ...backupStatements(scope),
    allow(
      "Facts",
      ["ssm:GetParameters", "ssm:GetParametersByPath"],
      [arnOf("ssm", `parameter${facts}`), arnOf("ssm", `parameter${facts}/*`)],
    ),
    allow("Secrets", ["secretsmanager:GetSecretValue"], around.secretArns),
    ...directorySecret(scope),
    ...(logs === undefined
      ? []
      : [
          allow(
            "Logs",
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [arnOf("logs", `log-group:${logs}:*`)],
          ),
        ]),
    // By its name, which is all that a boot that fails knows of it.
    allow(
      "Stack",
      ["cloudformation:SignalResource"],
      [arnOf("cloudformation", `stack/${Aws.STACK_NAME}/*`)],
    ),
    ...agentStatements(),
    ...dcvStatements(config.HeadNode.Dcv),
    ...s3Statements(config.HeadNode.Iam?.S3Access),
    ...efsStatements(config, request.unique),
  ];
}

/** Of two heads each may become the one that leads. Ending the other is a right over machines. */
function leadStatements({
  routeTables,
  interfaces,
}: HeadSurroundings["lead"]): readonly Statement[] {
  if (routeTables.length === 0) return [];
  const lead = ["ec2:CreateRoute", "ec2:ReplaceRoute"];
  return [allow("LeadHere", lead, routeTables), allow("LeadByInterface", lead, interfaces)];
}

/** Volumes that the file gives have no tag of the cluster's. */
function existingDisks({ config }: Scope): readonly Statement[] {
  const ids = config.SharedStorage.flatMap(({ EbsSettings }) => EbsSettings?.VolumeId ?? []);
  if (ids.length === 0) return [];
  const arns = ids.map((id) => arnOf("ec2", `volume/${id}`));
  return [allow("DisksGiven", ["ec2:AttachVolume", "ec2:DetachVolume"], arns)];
}

/** Who attaches a disk that is encrypted with a customer's key must be able to use that key. */
function diskKeys({ config }: Scope): readonly Statement[] {
  const keys = config.SharedStorage.flatMap(({ EbsSettings }) => EbsSettings?.KmsKeyId ?? []);
  if (keys.length === 0) return [];
  const aliases = keys.flatMap((key) => /(?:^|:)(alias\/.*)$/.exec(key)?.[1] ?? []);
  const arns = keys
    .filter((key) => !/(?:^|:)alias\//.test(key))
    .map((key) => (key.startsWith("arn:") ? key : arnOf("kms", `key/${key}`)));
  const use = ["kms:Decrypt", "kms:DescribeKey"];
  const forEbs = { Bool: { "kms:GrantIsForAWSResource": true } };
  const byAlias = { "ForAnyValue:StringEquals": { "kms:ResourceAliases": aliases } };
  const any = [arnOf("kms", "key/*")];
  return [
    ...(arns.length === 0
      ? []
      : [allow("Keys", use, arns), allow("KeyGrants", ["kms:CreateGrant"], arns, forEbs)]),
    ...(aliases.length === 0
      ? []
      : [
          allow("KeysByAlias", use, any, byAlias),
          allow("KeyGrantsByAlias", ["kms:CreateGrant"], any, { ...forEbs, ...byAlias }),
        ]),
  ];
}

function directorySecret({ config }: Scope): readonly Statement[] {
  const arn = config.DirectoryService?.PasswordSecretArn;
  if (arn === undefined) return [];
  const action = arn.includes(":secretsmanager:")
    ? "secretsmanager:GetSecretValue"
    : "ssm:GetParameter";
  return [allow("DirectorySecret", [action], [arn])];
}
