import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { ResourceContext } from "./handler.ts";
import type { Json, JsonObject } from "./template.ts";

const SECRET = /\{\{resolve:secretsmanager:(.+?):SecretString(?::([^:}]*))?[^}]*\}\}/g;

/**
 * The properties with secrets in place of references to them, read with the rights of who asked for
 * the stack. CloudFormation keeps the references, not the secrets.
 */
export async function withSecrets(
  properties: JsonObject,
  context: ResourceContext,
): Promise<JsonObject> {
  return (await replaced(properties, context)) as JsonObject;
}

async function replaced(value: Json, context: ResourceContext): Promise<Json> {
  if (typeof value === "string") return inText(value, context);
  if (Array.isArray(value)) {
    return Promise.all(value.map((item: Json) => replaced(item, context)));
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as JsonObject).map(
    async ([key, inner]) => [key, await replaced(inner, context)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function inText(text: string, { call }: ResourceContext): Promise<string> {
  let result = text;
  for (const [reference, SecretId, key] of text.matchAll(SECRET)) {
    const { SecretString = "" } = await call(GetSecretValueCommand, { SecretId });
    const value =
      key === undefined || key === ""
        ? SecretString
        : (JSON.parse(SecretString) as Record<string, string>)[key];
    result = result.replace(reference, () => value ?? "");
  }
  return result;
}
