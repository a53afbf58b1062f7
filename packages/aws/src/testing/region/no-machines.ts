import type { Hypervisor } from "./contract.ts";

const none = (): never => {
  throw new Error("there are no machines here");
};

/** For tests of services that have nothing to do with machines. */
export const NO_MACHINES: Hypervisor = {
  start: none,
  stop: none,
  onEnd: () => () => undefined,
  console: none,
  attachVolume: none,
  detachVolume: none,
  deleteVolume: none,
  exec: none,
};
