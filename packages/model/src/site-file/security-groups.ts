import { isSection } from "../change/same-value.ts";
import type { Path } from "../cluster-file/problem.ts";
import { type Section, sectionAt } from "./subnets.ts";

/** Groups by which what a site has lets its clusters in. */
export interface SiteSecurityGroups {
  /** Of heads. */
  readonly heads: string;
  /** Of all machines, heads among them. */
  readonly machines: string;
}

/** Gives each kind of node the groups of the site beside its own. */
export function withSecurityGroups(
  member: Section,
  { heads, machines }: SiteSecurityGroups,
): { readonly value: Section; readonly given: readonly Path[] } {
  const given: Path[] = [];
  const add = (owner: Section, path: Path, groups: readonly string[]): Section => {
    const networking = sectionAt(owner, "Networking");
    if (networking === undefined) return owner;
    // Where the file has groups of its own, these are all that a machine has.
    const key = networking.SecurityGroups === undefined ? MORE : "SecurityGroups";
    const own: unknown = networking[key] ?? [];
    if (!Array.isArray(own)) return owner;
    groups.forEach((_, index) => {
      given.push([...path, "Networking", key, own.length + index]);
    });
    return { ...owner, Networking: { ...networking, [key]: [...own, ...groups] } };
  };
  const all = (owner: Section, list: string, path: Path): Section => {
    const entries: unknown = owner[list];
    if (!Array.isArray(entries)) return owner;
    const value = entries.map((entry: unknown, index) =>
      isSection(entry) ? add(entry, [...path, list, index], [machines]) : entry,
    );
    return { ...owner, [list]: value };
  };
  const value: Record<string, unknown> = { ...member };
  const { HeadNode: head, Scheduling: scheduling, LoginNodes: login } = member;
  if (isSection(head)) value.HeadNode = add(head, ["HeadNode"], [heads, machines]);
  if (isSection(scheduling)) value.Scheduling = all(scheduling, "SlurmQueues", ["Scheduling"]);
  if (isSection(login)) value.LoginNodes = all(login, "Pools", ["LoginNodes"]);
  return { value, given };
}

const MORE = "AdditionalSecurityGroups";
