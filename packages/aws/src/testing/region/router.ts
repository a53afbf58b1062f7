import type { Operation } from "./operation.ts";
import { queryParameters, type WireRequest } from "./wire.ts";

/** A path that an operation of a REST protocol answers. */
interface Route {
  readonly operation: string;
  readonly method: string;
  readonly segments: readonly string[];
  readonly query: readonly (readonly [string, string])[];
}

export interface Routed {
  readonly operation: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Finds the operation of a request by method, path and the fixed parts of the query. */
export class Router {
  readonly #routes: readonly Route[];

  constructor(operations: Iterable<Operation>) {
    this.#routes = [...operations]
      .flatMap(({ name, http }): Route[] => {
        if (http === undefined) return [];
        const [path = "", query = ""] = http.uri.split("?");
        return [
          {
            operation: name,
            method: http.method,
            segments: segmentsOf(path),
            query: queryParameters(query),
          },
        ];
      })
      // The most particular first: fixed parts of the query, then fixed parts of the path.
      .toSorted((a, b) => demands(b) - demands(a) || fixedParts(b) - fixedParts(a));
  }

  /** @param path still encoded; S3's is without the bucket. */
  find({ method, query }: Pick<WireRequest, "method" | "query">, path: string): Routed | undefined {
    const asked = queryParameters(query);
    const segments = segmentsOf(path);
    for (const route of this.#routes) {
      if (route.method !== method || !route.query.every((one) => isMet(one, asked))) continue;
      const labels = labelsOf(route.segments, segments);
      if (labels !== undefined) return { operation: route.operation, labels };
    }
    return undefined;
  }
}

function segmentsOf(path: string): readonly string[] {
  const inner = path.replace(/^\//, "");
  return inner === "" ? [] : inner.split("/");
}

/** `x-id` names the operation where the SDK sends it; others need not. */
const HINT = "x-id";

function demands({ query }: Route): number {
  return query.filter(([key]) => key !== HINT).length;
}

function fixedParts({ segments }: Route): number {
  return segments.filter((segment) => !segment.startsWith("{")).length;
}

function isMet(
  [key, value]: readonly [string, string],
  asked: readonly (readonly [string, string])[],
): boolean {
  const given = asked.find(([name]) => name === key);
  if (given === undefined) return key === HINT;
  return value === "" || given[1] === value;
}

function labelsOf(
  template: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const labels: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const label = /^\{(\w+)(\+?)\}$/.exec(part);
    const segment = segments[index];
    if (segment === undefined) return undefined;
    if (label === null) {
      if (part !== segment) return undefined;
      continue;
    }
    const [, name = "", isGreedy] = label;
    if (isGreedy === "+") {
      labels[name] = segments.slice(index).map(decodeURIComponent).join("/");
      return labels;
    }
    labels[name] = decodeURIComponent(segment);
  }
  // A last slash is a path without more.
  const left = segments.slice(template.length);
  return left.every((segment) => segment === "") ? labels : undefined;
}
