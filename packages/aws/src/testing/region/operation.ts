import { NormalizedSchema } from "@smithy/core/schema";
import type { CommandClass } from "./contract.ts";

/** What the SDK knows of one operation. */
export interface Operation {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  /** Of the REST protocols: method, path with labels and fixed query, status. */
  readonly http?: { readonly method: string; readonly uri: string; readonly status: number };
}

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];
type OperationSchema = readonly [9, string, string, unknown, SchemaRef, SchemaRef];

export function operationOf(command: CommandClass): Operation {
  const Command = command as unknown as new (
    input: object,
  ) => {
    readonly schema: OperationSchema;
  };
  const [, , name, traits, input, output] = new Command({}).schema;
  const http = (traits as { readonly http?: readonly [string, string, number] }).http;
  return {
    name,
    input: NormalizedSchema.of(input),
    output: NormalizedSchema.of(output),
    ...(http === undefined ? {} : { http: { method: http[0], uri: http[1], status: http[2] } }),
  };
}
