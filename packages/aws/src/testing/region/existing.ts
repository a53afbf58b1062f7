import type { Backup, FileCache, FileSystem, Volume } from "@aws-sdk/client-fsx";

/** What the account has for other reasons, and clusters look at: tests fill it. */
export class Existing {
  /** Whether they are enabled, by id or alias. */
  readonly kmsKeys = new Map<string, boolean>();
  /** Of EFS, by id: where they can be mounted. */
  readonly efs = new Map<
    string,
    {
      /** One Zone file systems have one. */
      readonly zone?: string;
      readonly mountTargets: readonly {
        readonly zone: string;
        readonly subnetId: string;
        readonly securityGroups: readonly string[];
      }[];
    }
  >();
  /** What answers in the place of every database of Aurora; undefined: nothing does. */
  aurora:
    | {
        readonly host: string;
        readonly port: number;
        /** Called for each that is made, with who may do everything there. */
        readonly made?: (master: {
          readonly user: string;
          readonly password: string;
        }) => Promise<void>;
      }
    | undefined;
  /** File systems of EFS access points, by the points' ids. */
  readonly efsAccessPoints = new Map<string, string>();
  /** Of FSx. */
  readonly fileSystems: FileSystem[] = [];
  readonly fileCaches: FileCache[] = [];
  readonly fsxVolumes: Volume[] = [];
  readonly fsxBackups: Backup[] = [];
  /** Of Route 53, by id. */
  readonly hostedZones = new Map<
    string,
    { readonly name: string; readonly private: boolean; readonly vpcs: readonly string[] }
  >();
  /** ARNs of what is in resource groups, by the groups' ARNs. */
  readonly resourceGroups = new Map<string, readonly string[]>();
}
