import { isSection } from "../change/same-value.ts";
import type { Path } from "../cluster-file/problem.ts";

export type Section = Readonly<Record<string, unknown>>;

/** The section of that key, empty when it is missing; undefined when it is something else. */
export function sectionAt(section: Section, key: string): Section | undefined {
  const value = section[key] ?? {};
  return isSection(value) ? value : undefined;
}

/**
 * Gives each kind of node that names no subnet those of the site: the head the first, a second head
 * another one, queues all, login nodes the first.
 */
export function withSubnets(
  member: Section,
  subnets: readonly string[],
): { readonly value: Section; readonly given: readonly Path[] } {
  const given: Path[] = [];
  const fill = (owner: Section, path: Path, key: string, ids: unknown): Section => {
    const networking = sectionAt(owner, "Networking");
    if (networking === undefined || networking[key] !== undefined) return owner;
    given.push([...path, "Networking", key]);
    return { ...owner, Networking: { ...networking, [key]: ids } };
  };
  const [first] = subnets;
  const value = {
    ...member,
    ...inSection(member, "HeadNode", (own) =>
      withStandby(fill(own, ["HeadNode"], "SubnetId", first), subnets, given),
    ),
    ...inSection(member, "Scheduling", (scheduling) => ({
      ...scheduling,
      ...inList(scheduling, "SlurmQueues", (queue, index) =>
        fill(queue, ["Scheduling", "SlurmQueues", index], "SubnetIds", subnets),
      ),
    })),
    ...inSection(member, "LoginNodes", (login) => ({
      ...login,
      ...inList(login, "Pools", (pool, index) =>
        fill(pool, ["LoginNodes", "Pools", index], "SubnetIds", [first]),
      ),
    })),
  };
  return { value, given };
}

function withStandby(head: Section, subnets: readonly string[], given: Path[]): Section {
  const { Standby: standby } = head;
  const networking = sectionAt(head, "Networking");
  if (!isSection(standby) || standby.SubnetId !== undefined) return head;
  const other = subnets.find((subnet) => subnet !== networking?.SubnetId);
  if (other === undefined) return head;
  given.push(["HeadNode", "Standby", "SubnetId"]);
  return { ...head, Standby: { ...standby, SubnetId: other } };
}

function inSection(owner: Section, key: string, change: (section: Section) => Section): Section {
  const section = owner[key];
  return isSection(section) ? { [key]: change(section) } : {};
}

function inList(
  owner: Section,
  key: string,
  change: (entry: Section, index: number) => Section,
): Section {
  const list: unknown = owner[key];
  if (!Array.isArray(list)) return {};
  return {
    [key]: list.map((entry: unknown, index) => (isSection(entry) ? change(entry, index) : entry)),
  };
}
