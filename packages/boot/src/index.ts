export { type QueueBoot, renderQueueUserData } from "./compute/queue.ts";
export {
  type ComputeBoot,
  type ComputeGuest,
  renderComputeUserData,
  renderLightUserData,
} from "./compute/user-data.ts";
export { sssdConf } from "./directory/sssd-conf.ts";
export { DIRECTORY_FUNCTION } from "./directory/use-directory.ts";
export { type CloudHeadBoot, renderCloudHeadUserData } from "./head/cloud-user-data.ts";
export { EXPORTS_FILE, exportFiles, splitMounts } from "./head/exports.ts";
export { headHooks } from "./head/hooks.ts";
export {
  FENCE_UNIT,
  type FenceOptions,
  LEAD_UNIT,
  LEADING_TARGET,
  LEADING_UNITS,
  leadingUnits,
  renderFence,
  TERMINAL_UNITS,
} from "./head/leading.ts";
export { type OwnScripts, renderOwnScripts } from "./head/own-scripts.ts";
export { type SlurmFilesOptions, slurmFiles } from "./head/slurm-files.ts";
export {
  type HeadService,
  headServices,
  headUnits,
  type MachineFile,
  mariadbConf,
  mungeUnit,
  UPDATE_UNIT,
} from "./head/units.ts";
export { type HeadIdentity, renderHeadUserData } from "./head/user-data.ts";
export { imagePackages, type MachineRole, type OsFamily, osFamily } from "./image/os-family.ts";
export { IMAGE_MARKER, IMAGE_PACKAGES, UNITS_OF_PACKAGES } from "./image/packages.ts";
export { type ImagePart, imageParts, scriptStep } from "./image/parts.ts";
export {
  IMAGE_WORK,
  type ImageScript,
  imageFailure,
  imageSlurm,
  renderImageScript,
} from "./image/script.ts";
export {
  GATEWAY_PORT,
  HEAD_LAYOUT,
  HEAD_NAME,
  HEAD_NODE_FLAGS,
  HEAD_WRAPPER,
  JOIN_PORT,
  SECRET_FILES,
  SLURMCTLD_PORT,
  SLURMRESTD_PORT,
} from "./layout.ts";
export { loginFiles } from "./login/files.ts";
export { type LoginBoot, renderLoginUserData } from "./login/user-data.ts";
export * from "./site/index.ts";
export type { CustomActions } from "./steps/actions.ts";
export type { Agent } from "./steps/agent.ts";
export { JOIN_FILES } from "./steps/join.ts";
export {
  type MachineMount,
  MOUNT_FUNCTIONS,
  MOUNTS_FILE,
  mountsFile,
  UNMOUNT_FUNCTION,
} from "./steps/mounts.ts";
export { NAMES_SECTION, namesFiles, PROLOG_PATTERN } from "./steps/names.ts";
export { proxyEnvironment } from "./steps/proxy.ts";
export { ROTATION_TIMER, rotationFiles } from "./steps/rotation.ts";
export { addUsersScript, usersFile } from "./users.ts";
