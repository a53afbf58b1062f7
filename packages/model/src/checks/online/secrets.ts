import type { DraftFile } from "../../cluster-file/draft.ts";
import { problem } from "../../cluster-file/problem.ts";
import type { OnlineCheck } from "../check.ts";
import { providerOf } from "../provider.ts";
import { checkOf, type NamedThing } from "./facts.ts";
import { missing } from "./rights.ts";

const SETTINGS = ["Scheduling", "SlurmSettings"] as const;

function* secretsOf(file: DraftFile): Generator<NamedThing> {
  if (providerOf(file) !== "aws") return;
  const directory = file.DirectoryService?.PasswordSecretArn;
  const path = ["DirectoryService", "PasswordSecretArn"];
  if (typeof directory === "string") yield { id: directory, path };
  const database = file.Scheduling?.SlurmSettings?.Database?.PasswordSecretArn;
  const place = [...SETTINGS, "Database", "PasswordSecretArn"];
  if (typeof database === "string") yield { id: database, path: place };
  const tokens = file.Scheduling?.SlurmSettings?.JwtKeySecretArn;
  if (typeof tokens === "string") yield { id: tokens, path: [...SETTINGS, "JwtKeySecretArn"] };
}

function* mungeKeyOf(file: DraftFile): Generator<NamedThing> {
  const id = file.Scheduling?.SlurmSettings?.MungeKeySecretArn;
  if (typeof id !== "string" || providerOf(file) !== "aws") return;
  yield { id, path: [...SETTINGS, "MungeKeySecretArn"] };
}

/** Of munge's key, in bytes. */
const KEY_SIZE = [32, 1024] as const;

export const SECRET_CHECKS: readonly OnlineCheck[] = [
  checkOf(["PasswordSecretArnValidator"], "secret", secretsOf, function* (secret, facts) {
    if (facts === "absent") yield missing("PasswordSecretArnValidator", secret, "secret");
  }),
  checkOf(
    ["MungeKeySecretSizeAndBase64Validator"],
    "secret",
    mungeKeyOf,
    function* (secret, facts) {
      const id = "MungeKeySecretSizeAndBase64Validator";
      if (facts === "absent") {
        yield missing(id, secret, "secret");
      } else if (facts.bytes === undefined) {
        const message = "what the secret holds is not base64, and a munge key is bytes";
        yield problem(id, secret.path, message, "store the key in base64");
      } else if (facts.bytes < KEY_SIZE[0] || facts.bytes > KEY_SIZE[1]) {
        const message = `the key has ${facts.bytes} bytes, and munge takes ${KEY_SIZE.join(" to ")}`;
        yield problem(id, secret.path, message, "store a key of 128 bytes, in base64");
      }
    },
  ),
];
