import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { messageOf, SluiceError } from "@sluice/model";
import { type ClusterFacts, mergeFacts } from "../facts.ts";
import { remembered } from "./facts-in-force.ts";

/** A daemon that knows what it was told before does not wait for long. */
const PATIENCE_WITH_KEPT_MILLISECONDS = 10_000;
const PATIENCE_MILLISECONDS = 120_000;

/**
 * Reads what the stack left for the head, together with what it did before, which is kept in `file`;
 * that alone while SSM can't be asked.
 *
 * @param options.isFresh that alone does not do.
 * @throws SluiceError `AWS_FACTS_MISSING`
 */
export async function readFacts(
  ssm: () => Promise<SSMClient>,
  path: string,
  file: string,
  { isFresh = false } = {},
): Promise<ClusterFacts> {
  const kept = readKept(file);
  const instead = isFresh ? undefined : kept;
  let why: unknown;
  try {
    const patience =
      instead === undefined ? PATIENCE_MILLISECONDS : PATIENCE_WITH_KEPT_MILLISECONDS;
    const parts = await readParts(await ssm(), path, AbortSignal.timeout(patience));
    if (parts.length > 0) {
      const facts = remembered(mergeFacts(parts), kept);
      keep(file, facts);
      return facts;
    }
  } catch (error) {
    why = error;
  }
  if (instead !== undefined) return instead;
  const reason = why === undefined ? "there are none" : messageOf(why);
  throw new SluiceError(
    "AWS_FACTS_MISSING",
    "cloud",
    `what the stack says of the cluster can't be read below ${path} in Systems Manager: ${reason}`,
    {
      hint: "look whether the stack is complete, and whether the head's role may read its parameters",
      ...(why === undefined ? {} : { cause: why }),
    },
  );
}

/** What the stack says now of the tables with routes to whichever head leads. */
export async function currentRouteTables(
  ssm: () => Promise<SSMClient>,
  path: string,
): Promise<string> {
  const { GetParametersCommand } = await import("@aws-sdk/client-ssm");
  const client = await ssm();
  const { Parameters = [] } = await client.send(
    new GetParametersCommand({ Names: [`${path}/leadership`] }),
  );
  const { leadership } = mergeFacts(
    Parameters.map(({ Value = "{}" }) => JSON.parse(Value) as unknown),
  );
  if (leadership !== undefined) return leadership.routeTables;
  throw new SluiceError("AWS_FACTS_MISSING", "cloud", `there is no ${path}/leadership`);
}

/** In the order of their names. */
export async function readParts(
  client: SSMClient,
  path: string,
  abortSignal: AbortSignal,
): Promise<readonly unknown[]> {
  const { GetParametersByPathCommand } = await import("@aws-sdk/client-ssm");
  const found: { readonly name: string; readonly value: unknown }[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new GetParametersByPathCommand({
        Path: path,
        Recursive: true,
        MaxResults: 10,
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
      { abortSignal },
    );
    for (const { Name = "", Value = "{}" } of page.Parameters ?? []) {
      found.push({ name: Name, value: JSON.parse(Value) });
    }
    NextToken = page.NextToken === "" ? undefined : page.NextToken;
  } while (NextToken !== undefined);
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ value }) => value);
}

/** A head whose volume is not there yet goes without. */
function keep(file: string, facts: ClusterFacts): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    const fresh = `${file}.${process.pid}`;
    writeFileSync(fresh, JSON.stringify(facts), { mode: 0o600 });
    renameSync(fresh, file);
  } catch (error) {
    if (!isFileError(error)) throw error;
  }
}

function readKept(file: string): ClusterFacts | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ClusterFacts;
  } catch {
    return undefined;
  }
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && "code" in error;
}
