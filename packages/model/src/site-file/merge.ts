import { isSection } from "../change/same-value.ts";
import { undeclaredZones } from "../checks/zones.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { type SiteConfig, siteMachineZones } from "./config.ts";
import type { SiteFacts } from "./member.ts";
import { withSecurityGroups } from "./security-groups.ts";
import { clash, siteStorage } from "./shared-storage.ts";
import { type Section, sectionAt, withSubnets } from "./subnets.ts";

const ID = "MemberValidator";

/** The member's file with the site's parts. */
interface Merged {
  readonly value: Section;
  /** Places that the site has filled. */
  readonly given: readonly Path[];
  /** What both say. */
  readonly problems: readonly Problem[];
}

/** What the site says of one part of the file. */
type Part = (site: SiteConfig, member: Section, facts: SiteFacts) => Merged;

/** Lists keep the member's entries first, so that paths lead to the same places as in its text. */
export function merged(site: SiteConfig, member: Section, facts: SiteFacts): Merged {
  let value = member;
  const given: Path[] = [];
  const problems: Problem[] = [];
  for (const part of PARTS) {
    const one = part(site, value, facts);
    value = one.value;
    given.push(...one.given);
    problems.push(...one.problems);
  }
  return { value, given, problems };
}

const PARTS: readonly Part[] = [
  place,
  local,
  network,
  securityGroups,
  users,
  sharedStorage,
  accounting,
  backup,
  tags,
];

function unchanged(value: Section, problems: readonly Problem[] = []): Merged {
  return { value, given: [], problems };
}

function set(value: Section, key: string, content: unknown): Merged {
  return { value: { ...value, [key]: content }, given: [[key]], problems: [] };
}

function settled(path: Path, what: string): Problem {
  const message = `${path.at(-1)} is said by the site, for all its clusters`;
  return problem(ID, path, message, what, { at: "key" });
}

const REMOVE = "remove it here, and write it in the site file";

function place(site: SiteConfig, member: Section): Merged {
  let all = unchanged(member);
  for (const key of ["Provider", "Region"] as const) {
    const [own, theirs] = [member[key], site[key]];
    if (theirs === undefined) continue;
    if (own === undefined) {
      const one = set(all.value, key, theirs);
      all = { ...one, given: [...all.given, ...one.given], problems: all.problems };
    } else if (own !== theirs && typeof own === "string") {
      const message = `${showValue(own)} is not the ${key} of the site, which is ${theirs}`;
      all = { ...all, problems: [...all.problems, problem(ID, [key], message, `write ${theirs}`)] };
    }
  }
  return all;
}

function local({ Provider, Zones }: SiteConfig, member: Section, { network }: SiteFacts): Merged {
  if (Provider !== "local") return unchanged(member);
  const own = sectionAt(member, "Local");
  if (own === undefined) return unchanged(member);
  const problems = own.Network === undefined ? [] : [settled(["Local", "Network"], REMOVE)];
  const named = (Array.isArray(own.Zones) ? own.Zones : []).map((name: unknown, index) => ({
    name: typeof name === "string" ? name : undefined,
    path: ["Local", "Zones", index],
  }));
  const section = {
    ...own,
    ...(own.Zones === undefined ? { Zones } : {}),
    ...(network === undefined ? {} : { Network: network }),
  };
  return {
    value: { ...member, Local: section },
    given: [
      ...(own.Zones === undefined ? [["Local", "Zones"]] : []),
      ...(network === undefined ? [] : [["Local", "Network"]]),
    ],
    problems: [...problems, ...undeclaredZones(named, Zones, "the site")],
  };
}

function network(site: SiteConfig, member: Section, facts: SiteFacts): Merged {
  if (site.Provider !== "aws") return unchanged(member);
  const problems = member.Vpc === undefined ? [] : [settled(["Vpc"], REMOVE)];
  const subnets = subnetsOf(site, facts);
  if (subnets !== undefined) {
    const { Vpc: _, ...rest } = member;
    return { ...withSubnets(problems.length === 0 ? member : rest, subnets), problems };
  }
  const Vpc = {
    ...(site.Vpc?.Cidr === undefined ? {} : { Cidr: site.Vpc.Cidr }),
    ...(site.Zones.length > 1 ? { AvailabilityZones: site.Zones } : {}),
  };
  return { value: { ...member, Vpc }, given: [["Vpc"]], problems };
}

function securityGroups(_: SiteConfig, member: Section, facts: SiteFacts): Merged {
  if (facts.securityGroups === undefined) return unchanged(member);
  return { ...withSecurityGroups(member, facts.securityGroups), problems: [] };
}

/** In the order of the site's zones. */
function subnetsOf(site: SiteConfig, facts: SiteFacts): readonly string[] | undefined {
  const named =
    facts.subnets ??
    Object.fromEntries((site.Vpc?.Subnets ?? []).map(({ Zone, SubnetId }) => [Zone, SubnetId]));
  const ids = site.Zones.flatMap((zone) => named[zone] ?? []);
  return ids.length === 0 ? undefined : ids;
}

function users(site: SiteConfig, member: Section): Merged {
  const own = member.Users;
  const isEmpty = own === undefined || (Array.isArray(own) && own.length === 0);
  if (!isEmpty) return unchanged(member, [settled(["Users"], REMOVE)]);
  return site.Users.length === 0 ? unchanged(member) : set(member, "Users", site.Users);
}

function sharedStorage(site: SiteConfig, member: Section, facts: SiteFacts): Merged {
  const own: unknown = member.SharedStorage ?? [];
  const all = siteStorage(site, member, facts);
  if (all.length === 0 || !Array.isArray(own)) return unchanged(member);
  const problems: Problem[] = [];
  const theirs = all.filter((storage) => {
    const clashes = own.flatMap((entry: unknown, index) => clash(entry, index, storage));
    problems.push(...clashes);
    return clashes.length === 0;
  });
  if (theirs.length === 0) return unchanged(member, problems);
  return {
    value: { ...member, SharedStorage: [...own, ...theirs] },
    given: theirs.map((_, index) => ["SharedStorage", own.length + index]),
    problems,
  };
}

const ACCOUNTING = [
  "Database",
  "ExternalSlurmdbd",
  "MungeKeySecretArn",
  "JwtKeySecretArn",
] as const;

function accounting(site: SiteConfig, member: Section, facts: SiteFacts): Merged {
  const scheduling = sectionAt(member, "Scheduling");
  const settings = scheduling && sectionAt(scheduling, "SlurmSettings");
  if (scheduling === undefined || settings === undefined) return unchanged(member);
  const path = ["Scheduling", "SlurmSettings"];
  const problems = ACCOUNTING.filter((key) => settings[key] !== undefined).map((key) =>
    settled([...path, key], "remove it: all clusters of a site have one accounting and one key"),
  );
  if (problems.length > 0 || member.Scheduling === undefined) return unchanged(member, problems);
  const [first = "", second] = siteMachineZones(site).map((zone) => `site-${zone}`);
  const ExternalSlurmdbd = facts.accounting ?? {
    Host: first,
    ...(second === undefined ? {} : { BackupHost: second }),
  };
  const { mungeKeySecretArn: munge, jwtKeySecretArn: jwt } = facts;
  const SlurmSettings = {
    ...settings,
    ExternalSlurmdbd,
    ...(munge === undefined ? {} : { MungeKeySecretArn: munge }),
    ...(jwt === undefined ? {} : { JwtKeySecretArn: jwt }),
  };
  return {
    value: { ...member, Scheduling: { ...scheduling, SlurmSettings } },
    given: ACCOUNTING.map((name) => [...path, name]),
    problems: [],
  };
}

function backup({ Backup }: SiteConfig, member: Section): Merged {
  if (Backup === undefined || member.Backup !== undefined) return unchanged(member);
  return set(member, "Backup", { ...Backup, Every: `${Backup.Every.seconds}s` });
}

function tags(site: SiteConfig, member: Section): Merged {
  const own: unknown = member.Tags ?? [];
  if (site.Tags.length === 0 || !Array.isArray(own)) return unchanged(member);
  const keys = new Set(own.filter(isSection).map(({ Key }) => Key));
  const theirs = site.Tags.filter(({ Key }) => !keys.has(Key));
  return {
    value: { ...member, Tags: [...own, ...theirs] },
    given: theirs.map((_, index) => ["Tags", own.length + index]),
    problems: [],
  };
}
