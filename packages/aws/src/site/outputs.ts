import { idOf } from "../infrastructure/synth/logical-id.ts";

/** Outputs of a site's stack, by which what its clusters need is found again. */
export const SITE_OUTPUTS = {
  url: "Url",
  vpc: "VpcId",
  database: "DatabaseHost",
  /** ARNs of what all clusters have in common. */
  mungeKey: "MungeKey",
  jwtKey: "JwtKey",
  headPorts: "HeadPortsId",
  memberPorts: "MemberPortsId",
  subnet: (zone: string): string => idOf("Subnet", zone),
  /** Address of a machine, by its name. */
  address: (machine: string): string => idOf("Address", machine),
  /** A file system, by where it is mounted; of Lustre each zone has one. */
  fileSystem: (mountDir: string, zone?: string): string =>
    idOf("FileSystemAt", zone === undefined ? mountDir : `${mountDir} ${zone}`),
} as const;
