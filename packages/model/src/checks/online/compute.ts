import type { OnlineCheck } from "../check.ts";
import { EFA_CHECKS } from "./efa.ts";
import { IMAGE_CHECKS } from "./images.ts";
import { LAUNCH_CHECKS } from "./launches.ts";
import { NAME_CHECKS } from "./names.ts";
import { NETWORK_CHECKS } from "./network.ts";
import { RESERVATION_GROUP_CHECKS } from "./reservation-groups.ts";
import { RESERVATION_CHECKS } from "./reservations.ts";

/** Machines, images, networks and reservations. */
export const ONLINE_COMPUTE_CHECKS: readonly OnlineCheck[] = [
  ...NETWORK_CHECKS,
  ...NAME_CHECKS,
  ...EFA_CHECKS,
  ...IMAGE_CHECKS,
  ...RESERVATION_CHECKS,
  ...RESERVATION_GROUP_CHECKS,
  ...LAUNCH_CHECKS,
];
