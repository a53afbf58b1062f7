import { randomInt } from "node:crypto";
import type { GetRandomPasswordCommandInput } from "@aws-sdk/client-secrets-manager";

const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/** By the rules of GetRandomPassword, which CloudFormation's GenerateSecretString follows too. */
export function randomPassword(input: GetRandomPasswordCommandInput): string {
  const { PasswordLength = 32, ExcludeCharacters = "", RequireEachIncludedType = true } = input;
  const types = [
    input.ExcludeLowercase === true ? "" : "abcdefghijklmnopqrstuvwxyz",
    input.ExcludeUppercase === true ? "" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    input.ExcludeNumbers === true ? "" : "0123456789",
    input.ExcludePunctuation === true ? "" : PUNCTUATION,
    input.IncludeSpace === true ? " " : "",
  ]
    .map((characters) => [...characters].filter((one) => !ExcludeCharacters.includes(one)))
    .filter((characters) => characters.length > 0);
  const any = types.flat();
  const pick = (from: readonly string[]): string => from[randomInt(from.length)] ?? "";
  const first = RequireEachIncludedType ? types.map(pick) : [];
  const rest = Array.from({ length: PasswordLength - first.length }, () => pick(any));
  return [...first, ...rest].join("");
}
