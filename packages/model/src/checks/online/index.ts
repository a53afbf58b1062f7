import type { OnlineCheck } from "../check.ts";
import { ONLINE_COMPUTE_CHECKS } from "./compute.ts";
import { ONLINE_STORAGE_CHECKS } from "./storage.ts";

export const ONLINE_CHECKS: readonly OnlineCheck[] = [
  ...ONLINE_COMPUTE_CHECKS,
  ...ONLINE_STORAGE_CHECKS,
];
