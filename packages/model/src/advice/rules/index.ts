import type { Rule } from "../contract.ts";
import { AUTOSCALING_RULES } from "./autoscaling.ts";
import { COST_RULES } from "./cost.ts";
import { HEAD_NODE_RULES } from "./head-node.ts";
import { MACHINE_ROOM_RULES } from "./machine-room.ts";
import { MACHINE_TYPE_RULES } from "./machine-types.ts";
import { NETWORK_RULES } from "./network.ts";
import { PREEMPTION_RULES } from "./preemption.ts";
import { SECURITY_RULES } from "./security.ts";
import { SLOW_START_RULES } from "./slow-starts.ts";
import { STORAGE_RULES } from "./storage.ts";

/** Every rule, in the order of the pitfalls. */
export const RULES: readonly Rule[] = [
  ...NETWORK_RULES,
  ...STORAGE_RULES,
  ...AUTOSCALING_RULES,
  ...MACHINE_TYPE_RULES,
  ...COST_RULES,
  ...PREEMPTION_RULES,
  ...HEAD_NODE_RULES,
  ...SECURITY_RULES,
  ...SLOW_START_RULES,
  ...MACHINE_ROOM_RULES,
];
