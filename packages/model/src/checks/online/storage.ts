import type { OnlineCheck } from "../check.ts";
import { ADDRESS_CHECKS } from "./addresses.ts";
import { DISK_CHECKS } from "./disks.ts";
import { EFS_CHECKS } from "./efs.ts";
import { FSX_CHECKS } from "./fsx.ts";
import { RIGHTS_CHECKS } from "./rights.ts";
import { SECRET_CHECKS } from "./secrets.ts";

/** Storage, rights and secrets. */
export const ONLINE_STORAGE_CHECKS: readonly OnlineCheck[] = [
  ...DISK_CHECKS,
  ...EFS_CHECKS,
  ...FSX_CHECKS,
  ...RIGHTS_CHECKS,
  ...ADDRESS_CHECKS,
  ...SECRET_CHECKS,
];
