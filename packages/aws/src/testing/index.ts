export { queueFile, World as HeadWorld } from "../machines/testing/world.ts";
export { IdleHypervisor } from "./region/idle-hypervisor.ts";
export { Region } from "./region/region.ts";
export { fillSampleAccount } from "./sample-account.ts";
