export {
  type ComputeBoot,
  renderComputeUserData,
  renderLightUserData,
} from "./compute/user-data.ts";
export { headHooks } from "./head/hooks.ts";
export { type SlurmFilesOptions, slurmFiles } from "./head/slurm-files.ts";
export {
  HEAD_SERVICES,
  headUnits,
  type MachineFile,
  mariadbConf,
  UPDATE_UNIT,
} from "./head/units.ts";
export { type HeadIdentity, renderHeadUserData } from "./head/user-data.ts";
export {
  HEAD_LAYOUT,
  HEAD_NAME,
  HEAD_NODE_FLAGS,
  JOIN_PORT,
  SECRET_FILES,
  SLURMRESTD_PORT,
} from "./layout.ts";
export { addUsersScript } from "./users.ts";
