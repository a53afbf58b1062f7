import { ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";

export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
  readonly ingestionTime: number;
  readonly eventId: string;
}

export interface LogStream {
  readonly name: string;
  readonly createdAt: number;
  /** In the order of their times. */
  readonly events: LogEvent[];
}

export interface LogGroup {
  readonly name: string;
  readonly createdAt: number;
  readonly kmsKeyId: string | undefined;
  retentionInDays: number | undefined;
  tags: ReadonlyMap<string, string>;
  readonly streams: Map<string, LogStream>;
}

export class LogGroups {
  readonly #groups = new Map<string, LogGroup>();
  readonly #region: Region;

  constructor(region: Region) {
    this.#region = region;
  }

  now(): number {
    return this.#region.now().getTime();
  }

  arn(group: string): string {
    if (group.startsWith("arn:")) return group.replace(/:\*$/, "");
    return `arn:aws:logs:${this.#region.name}:${this.#region.account}:log-group:${group}`;
  }

  all(): readonly LogGroup[] {
    return [...this.#groups.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  create(name: string, kmsKeyId: string | undefined): LogGroup {
    if (this.#groups.has(name)) throw exists("log group");
    const group: LogGroup = {
      name,
      createdAt: this.now(),
      kmsKeyId,
      retentionInDays: undefined,
      tags: new Map(),
      streams: new Map(),
    };
    this.#groups.set(name, group);
    return group;
  }

  delete(name: string | undefined): void {
    this.#groups.delete(this.group(name).name);
  }

  /** @param reference name or ARN. */
  group(reference: string | undefined): LogGroup {
    const name = (reference ?? "").replace(/^arn:.*:log-group:/, "").replace(/:\*$/, "");
    const group = this.#groups.get(name);
    if (group === undefined) throw missing("log group");
    return group;
  }

  stream(group: string | undefined, name: string | undefined): LogStream {
    const stream = this.group(group).streams.get(name ?? "");
    if (stream === undefined) throw missing("log stream");
    return stream;
  }
}

export function exists(what: string): ServiceError {
  return new ServiceError("ResourceAlreadyExistsException", `The specified ${what} already exists`);
}

function missing(what: string): ServiceError {
  return new ServiceError("ResourceNotFoundException", `The specified ${what} does not exist.`);
}

/** One page, and where the next starts when there is one. */
export function page<T>(
  rows: readonly T[],
  token: string | undefined,
  limit: number,
): { readonly rows: T[]; readonly nextToken?: string } {
  const from = Number(token ?? 0);
  const to = from + limit;
  return {
    rows: rows.slice(from, to),
    ...(to < rows.length ? { nextToken: String(to) } : {}),
  };
}
