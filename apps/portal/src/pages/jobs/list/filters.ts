import type { JobSort } from "./sort.ts";
import { STATE_GROUPS, type StateGroup } from "./state-groups.ts";

/** What the jobs page is asked for, as its address has it. Several values are separated by commas. */
export const FILTER_DEFAULTS = {
  text: "",
  show: "",
  state: "",
  cluster: "",
  user: "",
  account: "",
  queue: "",
  qos: "",
  name: "",
  node: "",
  array: "",
  submittedAfter: "",
  submittedBefore: "",
  endedAfter: "",
  endedBefore: "",
};
export type FilterKey = keyof typeof FILTER_DEFAULTS;
export type Filters = Readonly<Record<FilterKey, string>>;

/** What one filters by in words: the property, how it is compared, in which key it stands. */
export const PROPERTIES = [
  { property: "cluster", operator: "=", key: "cluster", isList: true },
  { property: "queue", operator: "=", key: "queue", isList: true },
  { property: "user", operator: "=", key: "user", isList: true },
  { property: "account", operator: "=", key: "account", isList: true },
  { property: "qos", operator: "=", key: "qos", isList: true },
  { property: "state", operator: "=", key: "state", isList: true },
  { property: "name", operator: "=", key: "name", isList: false },
  { property: "node", operator: "=", key: "node", isList: false },
  { property: "array", operator: "=", key: "array", isList: false },
  { property: "submitted", operator: ">=", key: "submittedAfter", isList: false },
  { property: "submitted", operator: "<", key: "submittedBefore", isList: false },
  { property: "ended", operator: ">=", key: "endedAfter", isList: false },
  { property: "ended", operator: "<", key: "endedBefore", isList: false },
] as const satisfies readonly {
  property: string;
  operator: "=" | ">=" | "<";
  key: FilterKey;
  isList: boolean;
}[];
export type Property = (typeof PROPERTIES)[number]["property"];

export interface FilterToken {
  readonly propertyKey?: string;
  readonly operator: string;
  readonly value: unknown;
}

export function tokensOf(filters: Filters): readonly FilterToken[] {
  return PROPERTIES.flatMap(({ property, operator, key, isList }) => {
    const value = filters[key];
    if (value === "") return [];
    const values = isList ? value.split(",") : [value];
    return values.map((one) => ({ propertyKey: property, operator, value: one }));
  });
}

/** What tokens make of the filters; values that can't be are left out. */
export function filtersOf(tokens: readonly FilterToken[]): Omit<Filters, "text" | "show"> {
  const { text: _text, show: _show, ...filters } = FILTER_DEFAULTS;
  for (const { propertyKey, operator, value } of tokens) {
    const found = PROPERTIES.find(
      (one) => one.property === propertyKey && one.operator === operator,
    );
    const word = typeof value === "string" ? value.trim() : "";
    if (found === undefined || word === "" || !isPossible(found.key, word)) continue;
    const { key, isList } = found;
    if (!isList || filters[key] === "") filters[key] = word;
    else if (!filters[key].split(",").includes(word)) filters[key] += `,${word}`;
  }
  return filters;
}

function isPossible(key: FilterKey, value: string): boolean {
  if (key === "array") return /^[1-9]\d{0,8}$/.test(value);
  if (/(After|Before)$/.test(key)) return timeOf(value, 0) !== undefined;
  return value.length <= 200;
}

const UNITS = { h: 3_600_000, d: 86_400_000 } as const;
/** Times from now count from the last of these, so that a question stays the same for a while. */
const GRAIN = 300_000;

/** A day, a minute of it, or so long ago (`24h`, `7d`), in the viewer's zone. */
export function timeOf(value: string, now: number): Date | undefined {
  const [, count, unit] = /^(\d{1,4})([hd])$/.exec(value) ?? [];
  if (count !== undefined) {
    const back = Number(count) * UNITS[unit as keyof typeof UNITS];
    return new Date(Math.floor(now / GRAIN) * GRAIN - back);
  }
  if (!/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2})?$/.test(value)) return undefined;
  const time = new Date(value.includes(":") ? value.replace(" ", "T") : `${value}T00:00`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

export interface JobsQuery {
  text?: string;
  state?: string[];
  cluster?: string[];
  user?: string[];
  account?: string[];
  partition?: string[];
  qos?: string[];
  name?: string;
  node?: string;
  array?: string;
  submittedAfter?: string;
  submittedBefore?: string;
  endedAfter?: string;
  endedBefore?: string;
  sort: JobSort;
  order: "ascending" | "descending";
}

/** The server's question, without which page of the answer. */
export function queryOf(
  filters: Filters,
  sorted: { readonly sort: JobSort; readonly isDescending: boolean },
  now: number,
): JobsQuery {
  const list = (value: string) => (value === "" ? undefined : value.split(",").slice(0, 100));
  const word = (value: string) => (value === "" ? undefined : value);
  const time = (value: string) => timeOf(value, now)?.toISOString();
  const group = Object.hasOwn(STATE_GROUPS, filters.show)
    ? [...STATE_GROUPS[filters.show as StateGroup]]
    : undefined;
  const query = {
    text: word(filters.text.trim().slice(0, 200)),
    state: group ?? list(filters.state),
    cluster: list(filters.cluster),
    user: list(filters.user),
    account: list(filters.account),
    partition: list(filters.queue),
    qos: list(filters.qos),
    name: word(filters.name),
    node: word(filters.node),
    array: isPossible("array", filters.array) ? filters.array : undefined,
    submittedAfter: time(filters.submittedAfter),
    submittedBefore: time(filters.submittedBefore),
    endedAfter: time(filters.endedAfter),
    endedBefore: time(filters.endedBefore),
    sort: sorted.sort,
    order: sorted.isDescending ? "descending" : "ascending",
  };
  return Object.fromEntries(
    Object.entries(query).filter(([, value]) => value !== undefined),
  ) as unknown as JobsQuery;
}

export function isFiltered(filters: Filters): boolean {
  return Object.values(filters).some((value) => value !== "");
}
