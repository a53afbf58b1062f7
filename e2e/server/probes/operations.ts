import { type Schema, sampleOf } from "./samples.ts";
import { send } from "./wire.ts";

/** An operation as its OpenAPI document has it. */
export interface Operation {
  readonly of: "sluice" | "slurm" | "parallelcluster";
  readonly id: string;
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  /** For everybody. */
  readonly isOpen: boolean;
  readonly query: readonly string[];
  /** Of what has to be in the query, as it goes into one. */
  readonly needed: readonly (readonly [string, string])[];
  readonly body?: { readonly media: string; readonly schema: Schema; readonly document: object };
  /** Of the answers that the document has. */
  readonly statuses: ReadonlySet<number>;
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema?: Schema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

const DOCUMENTS = {
  sluice: "/api/v1/openapi.json",
  slurm: "/openapi/v3",
  parallelcluster: "/v3/openapi.json",
} as const;

/** Everything that the server says it has, by the documents that it gives itself. */
export async function operations(): Promise<readonly Operation[]> {
  const all = await Promise.all(
    (["sluice", "slurm", "parallelcluster"] as const).map(operationsOf),
  );
  return all.flat();
}

export async function operationsOf(of: Operation["of"]): Promise<readonly Operation[]> {
  const answer = await send({ path: DOCUMENTS[of], person: "ada" });
  const document = JSON.parse(answer.body) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => {
      const [media, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
      const query = (operation.parameters ?? []).filter((one) => one.in === "query");
      return {
        of,
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        isOpen: operation.security?.length === 0,
        query: query.map(({ name }) => name),
        needed: query
          .filter(({ required }) => required === true)
          .map(({ name, schema = {} }) => [name, `${sampleOf(schema, document, 0, name)}`]),
        ...(media === undefined
          ? {}
          : { body: { media, schema: content?.schema ?? {}, document } }),
        statuses: new Set(Object.keys(operation.responses).map(Number)),
      };
    }),
  );
}

/** The path with a word, as it stands, for each parameter but the cluster's. */
export function filled(path: string, word: string, cluster = "demo"): string {
  return path.replaceAll("{cluster}", cluster).replaceAll(/\{[^}]+\}/g, () => word);
}

/** That path with what its query needs. */
export function asked(operation: Operation, word: string, cluster?: string): string {
  const search = new URLSearchParams(Object.fromEntries(operation.needed));
  return `${filled(operation.path, word, cluster)}?${search}`;
}

export function isChange({ of, method, path }: Operation): boolean {
  return (
    (method !== "GET" && method !== "HEAD") || (of === "slurm" && path.includes("reconfigure"))
  );
}
