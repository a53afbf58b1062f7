export type * from "./account/contract.ts";
export * from "./advice/index.ts";
export * from "./catalogue/index.ts";
export * from "./change/index.ts";
export { checkClusterName } from "./checks/cluster-name.ts";
export type { NotRun } from "./checks/online/run.ts";
export { operatingSystemsOf } from "./checks/provider.ts";
export { type Strictness, suppressedChecks } from "./checks/strictness.ts";
export * from "./clock.ts";
export { PROVIDERS_THAT_RUN, renderCompatibility } from "./cluster-file/compatibility.ts";
export * from "./cluster-file/config.ts";
export * from "./cluster-file/edit/index.ts";
export * from "./cluster-file/finding.ts";
export { type FileKind, type Judged, judgeText } from "./cluster-file/judged-file.ts";
export { isImageBuildFile } from "./cluster-file/kind.ts";
export * from "./cluster-file/node-groups.ts";
export {
  checkClusterFile,
  type FullResult,
  type ParseOptions,
  type ParseResult,
  parseClusterFile,
  parseStoredClusterFile,
} from "./cluster-file/parse.ts";
export * from "./cluster-file/parse-image-build.ts";
export * from "./cluster-file/parse-job-api.ts";
export { type Path, type Problem, problem, showPath } from "./cluster-file/problem.ts";
export * from "./cluster-file/queue-settings.ts";
export {
  clusterJsonSchema,
  imageBuildJsonSchema,
  renderImageBuildReference,
  renderReference,
} from "./cluster-file/reference.ts";
export { AWS_DEBIANS, CLOUD_OSES, LOCAL_OSES } from "./cluster-file/schema/image.ts";
export type { ImageBuildConfig } from "./cluster-file/schema/image-build.ts";
export type { JobApiConfig } from "./cluster-file/schema/job-api.ts";
export {
  MAX_LENGTH as MAX_FILE_LENGTH,
  readYaml,
  type YamlSource,
} from "./cluster-file/yaml-source.ts";
export * from "./cluster-file/zones.ts";
export * from "./configure/index.ts";
export { type ConvertOptions, type ConvertResult, convertVersion2 } from "./convert/convert.ts";
export * from "./error.ts";
export * from "./fleet.ts";
export * from "./machine-type.ts";
export * from "./site-file/index.ts";
export * from "./upgrade/index.ts";
