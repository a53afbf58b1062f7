import type { Filter, Tag } from "@aws-sdk/client-ec2";
import { ServiceError } from "../../contract.ts";
import type { Table, Tagged } from "./table.ts";

type Text = string | number | boolean | undefined;

/** What a filter of that name looks at; a row passes when one of the values does. */
export type Filters<R> = Readonly<Record<string, (row: R) => Text | readonly Text[]>>;

/** Filters that look at a field of the same name: `vpc-id` at `VpcId`. */
export function fields<R extends object>(...names: readonly (keyof R & string)[]): Filters<R> {
  const kebab = (name: string) => name.replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
  return Object.fromEntries(names.map((name) => [kebab(name), (row: R) => row[name] as Text]));
}

interface Asked {
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/**
 * Answers a describe call: by ids, of which each must be there, by filters, page by page.
 *
 * @param rows instead of the table's own, for those that some callers can't see.
 */
export function described<R extends Tagged>(
  table: Table<R>,
  ids: readonly string[] | undefined,
  asked: Asked,
  filters: Filters<R>,
  rows: readonly R[] = table.values(),
): { readonly rows: R[]; readonly NextToken: string | undefined } {
  let wanted = rows;
  if (ids !== undefined && ids.length > 0) {
    const known = new Map(rows.map((row) => [table.idOf(row), row]));
    const absent = ids.filter((id) => !known.has(id));
    if (absent.length > 0) throw table.notFound(absent);
    wanted = rows.filter((row) => ids.includes(table.idOf(row)));
  }
  return pageOf(passing(wanted, asked.Filters, filters), asked, (row) => table.serialOf(row));
}

/** @throws ServiceError for filters that EC2 does not know. */
export function passing<R extends object>(
  rows: readonly R[],
  asked: readonly Filter[] | undefined,
  filters: Filters<R>,
): R[] {
  const tests = (asked ?? []).map(({ Name = "", Values = [] }) => {
    const look = lookFor(Name, filters);
    const patterns = Values.map(patternOf);
    return (row: R) => {
      const seen = look(row);
      const values = Array.isArray(seen) ? (seen as readonly Text[]) : [seen as Text];
      return values.some(
        (value) => value !== undefined && patterns.some((pattern) => pattern(String(value))),
      );
    };
  });
  return rows.filter((row) => tests.every((test) => test(row)));
}

function lookFor<R extends object>(name: string, filters: Filters<R>): Filters<R>[string] {
  if (name.startsWith("tag:")) {
    const key = name.slice("tag:".length);
    return (row) =>
      tagsOf(row)
        .filter((tag) => tag.Key === key)
        .map((tag) => tag.Value);
  }
  if (name === "tag-key") return (row) => tagsOf(row).map((tag) => tag.Key);
  const look = Object.hasOwn(filters, name) ? filters[name] : undefined;
  if (look === undefined) {
    throw new ServiceError("InvalidParameterValue", `The filter '${name}' is invalid`);
  }
  return look;
}

function tagsOf(row: Tagged): readonly Tag[] {
  return row.Tags ?? [];
}

/** Values of filters have `*` and `?`, and `\` before what is meant as it is. */
function patternOf(value: string): (text: string) => boolean {
  if (!/[*?\\]/.test(value)) return (text) => text === value;
  const source = value.replaceAll(/\\.|[*?]|[^*?\\]+|\\$/g, (part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    const literal = part.startsWith("\\") && part.length === 2 ? part.slice(1) : part;
    return literal.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  const pattern = new RegExp(`^${source}$`, "s");
  return (text) => pattern.test(text);
}

/** A token says after which row the page before it ended, so that nothing is told of twice or never. */
export function pageOf<R>(
  rows: readonly R[],
  { MaxResults, NextToken }: Asked,
  serialOf: (row: R) => number,
): { readonly rows: R[]; readonly NextToken: string | undefined } {
  const after = NextToken === undefined ? 0 : serialIn(NextToken);
  const rest = rows.filter((row) => serialOf(row) > after);
  const page = MaxResults === undefined ? rest : rest.slice(0, MaxResults);
  const last = page.at(-1);
  return {
    rows: page,
    NextToken:
      last === undefined || page.length === rest.length
        ? undefined
        : Buffer.from(`after ${serialOf(last)}`).toString("base64url"),
  };
}

function serialIn(token: string): number {
  const serial = /^after (\d+)$/.exec(Buffer.from(token, "base64url").toString())?.[1];
  if (serial === undefined) {
    throw new ServiceError("InvalidNextToken", `The token '${token}' is invalid`);
  }
  return Number(serial);
}
