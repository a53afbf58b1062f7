/** A request as it came, nothing decoded yet. */
export interface WireRequest {
  readonly method: string;
  /** Still percent-encoded. */
  readonly path: string;
  /** After the `?`, still percent-encoded. */
  readonly query: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Decoded names and values of a query string, in their order. */
export function queryParameters(query: string): readonly (readonly [string, string])[] {
  if (query === "") return [];
  return query.split("&").map((pair) => {
    const at = pair.indexOf("=");
    const [name, value] = at === -1 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    return [decodeURIComponent(name), decodeURIComponent(value)];
  });
}
