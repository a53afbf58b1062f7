import type { Service } from "../contract.ts";
import type { Region } from "../region.ts";
import { autoScalingService } from "./auto-scaling/index.ts";
import { cloudFormationService } from "./cloudformation/index.ts";
import { efsService } from "./efs/index.ts";
import { fsxService } from "./fsx/index.ts";
import { iamService } from "./iam/index.ts";
import { imageBuilderService } from "./imagebuilder/index.ts";
import { kmsService } from "./kms/index.ts";
import { logsService } from "./logs/index.ts";
import { resourceGroupsService } from "./resource-groups/index.ts";
import { route53Service } from "./route-53/index.ts";
import { s3Service } from "./s3/index.ts";
import { secretsManagerService } from "./secrets-manager/index.ts";
import { sqsService } from "./sqs/index.ts";
import { ssmService } from "./ssm/index.ts";
import { stsService } from "./sts/index.ts";

/** All that the region serves. */
export const SERVICES: readonly ((region: Region) => Service)[] = [
  autoScalingService,
  cloudFormationService,
  (region) => region.ec2.service,
  efsService,
  fsxService,
  iamService,
  imageBuilderService,
  kmsService,
  logsService,
  resourceGroupsService,
  route53Service,
  s3Service,
  secretsManagerService,
  sqsService,
  ssmService,
  stsService,
];
