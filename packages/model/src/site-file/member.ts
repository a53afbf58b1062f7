import { isSection } from "../change/same-value.ts";
import type { ClusterConfig } from "../cluster-file/config.ts";
import { printClusterFile } from "../cluster-file/edit/print.ts";
import type { Finding } from "../cluster-file/finding.ts";
import { judgeSource } from "../cluster-file/judged-file.ts";
import { CLUSTER_KIND, type ParseOptions } from "../cluster-file/parse.ts";
import type { Path, Problem } from "../cluster-file/problem.ts";
import { readYaml } from "../cluster-file/yaml-source.ts";
import type { SiteConfig } from "./config.ts";
import { merged } from "./merge.ts";
import type { SiteSecurityGroups } from "./security-groups.ts";

/** What only a site that exists knows; without it the outcome is good for checking. */
export interface SiteFacts {
  /** The cluster's part of the site's addresses, on the local cloud. */
  readonly network?: string;
  /** Subnets by zone, of a network that was made on AWS. */
  readonly subnets?: Readonly<Record<string, string>>;
  /** Where slurmdbd is asked; the first two of the site's own machines when missing. */
  readonly accounting?: { readonly Host: string; readonly BackupHost?: string };
  /** Secret with the site's munge key in base64, on AWS. */
  readonly mungeKeySecretArn?: string;
  /** Secret with the key of Slurm's tokens, on AWS: slurmdbd has to know those of all clusters. */
  readonly jwtKeySecretArn?: string;
  /** By which the site's machines and file systems let its clusters in, on AWS. */
  readonly securityGroups?: SiteSecurityGroups;
  /**
   * Ids of the file systems that the site has made on AWS, by where they are mounted, `/home` and
   * `/shared` among them: of EFS, which is in all zones, or of Lustre, of which each zone has one.
   */
  readonly fileSystems?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

export interface MemberOptions extends ParseOptions {
  readonly facts?: SiteFacts;
}

export type MemberResult =
  | {
      readonly ok: true;
      readonly config: ClusterConfig;
      /** The effective cluster file: reading it gives `config`. Comments of the member's are not in it. */
      readonly text: string;
      /** False where facts are missing without which no cluster may be made of it. */
      readonly isComplete: boolean;
      readonly warnings: readonly Finding[];
    }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/**
 * The file of a cluster with what its site gives: users, zones, network, shared folders, accounting,
 * backups and tags. What both say is a finding, at its place in the cluster's own text, as is all
 * that `parseClusterFile` finds in the outcome. Never throws, whatever the text is.
 */
export function memberConfig(site: SiteConfig, text: string, options: MemberOptions): MemberResult {
  const { facts = {}, ...strictness } = options;
  const source = readYaml(text);
  if (!isSection(source.value)) {
    const judged = judgeSource(CLUSTER_KIND, source, strictness);
    return judged.ok ? { ok: false, findings: [] } : judged;
  }
  const { value, given, problems } = merged(site, source.value, facts);
  const judged = judgeSource(CLUSTER_KIND, { ...source, value }, strictness, (found) => [
    ...problems,
    ...found.filter((one) => isOfMember(one, given)),
  ]);
  if (!judged.ok) return judged;
  return {
    ok: true,
    config: judged.config,
    text: printClusterFile(value, { comments: [{ path: [], text: ORIGIN }] }),
    isComplete: isComplete(site, facts),
    warnings: judged.warnings,
  };
}

const ORIGIN = "Made of the cluster's own file and that of its site; change those.";

/** The site was judged already; what does not go together with the member's is the member's matter. */
function isOfMember({ path, level }: Problem, given: readonly Path[]): boolean {
  const isGiven = given.some((own) => own.every((step, index) => path[index] === step));
  return !isGiven || (level === "ERROR" && path[0] === "SharedStorage");
}

function isComplete(site: SiteConfig, facts: SiteFacts): boolean {
  if (site.Provider === "local") return facts.network !== undefined;
  const hasSubnets = site.Vpc?.Id !== undefined || facts.subnets !== undefined;
  const { mungeKeySecretArn, jwtKeySecretArn, fileSystems, securityGroups, accounting } = facts;
  const shared = [mungeKeySecretArn, jwtKeySecretArn, fileSystems, securityGroups, accounting];
  return hasSubnets && shared.every((one) => one !== undefined);
}
