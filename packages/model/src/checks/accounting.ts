import type { DraftFile } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { given, schemaProblem } from "./keys.ts";
import { nodeKindsOf } from "./nodes.ts";
import { providerOf } from "./provider.ts";

const SETTINGS: Path = ["Scheduling", "SlurmSettings"];
const DEFAULT_PORT = 3306;

/** `host` or `host:port`; the host may be an IPv6 address in brackets. */
const ADDRESS = /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d+))?$/i;

export function* databaseAddress(file: DraftFile): Generator<Problem> {
  const uri = file.Scheduling?.SlurmSettings?.Database?.Uri;
  if (typeof uri !== "string" || providerOf(file) === "local") return;
  const path = [...SETTINGS, "Database", "Uri"];
  const refuse = (message: string, suggestion: string): Problem =>
    problem("DatabaseUriValidator", path, message, suggestion);
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(uri)?.[0];
  if (scheme !== undefined) {
    const message = `${showValue(uri)} begins with a protocol, and slurmdbd knows one only`;
    yield refuse(message, `write ${uri.slice(scheme.length).replace(/\/.*$/, "")}`);
    return;
  }
  const [, host, port] = ADDRESS.exec(uri) ?? [];
  if (host === undefined) {
    yield refuse(`${showValue(uri)} is not the address of a server`, "write `host` or `host:port`");
  } else if (port === undefined) {
    const message = `no port is given, and ${DEFAULT_PORT} is taken`;
    yield problem(
      "DatabaseUriValidator",
      path,
      message,
      `write ${uri}:${DEFAULT_PORT} to be plain`,
      {
        level: "INFO",
      },
    );
  } else if (Number(port) < 1 || Number(port) > 65_535) {
    yield refuse(`${port} is not a TCP port`, "write a port from 1 to 65535");
  }
}

const SERVER_KEYS = ["Uri", "UserName", "PasswordSecretArn"] as const;

/** A database that is there, or one that is made: the keys of the one or of the other. */
export function* databaseChoice(file: DraftFile): Generator<Problem> {
  const database = file.Scheduling?.SlurmSettings?.Database;
  if (database === undefined || database === null || providerOf(file) === "local") return;
  const path = [...SETTINGS, "Database"];
  const { Managed: managed } = database;
  if (managed === undefined) {
    for (const key of SERVER_KEYS) {
      if (database[key] !== undefined) continue;
      const message = `${key} is missing, and there is no default for it`;
      const suggestion = `write ${SERVER_KEYS.join(", ")} of a server, or Managed for one that is made`;
      yield schemaProblem([...path, key], message, suggestion, "missing");
    }
    return;
  }
  for (const key of given(database, SERVER_KEYS)) {
    const message = `${key} is of a server that is there, and Managed makes one`;
    yield schemaProblem([...path, key], message, "keep one of the two");
  }
  const subnets = new Set([...nodeKindsOf(file)].flatMap(({ subnetIds }) => subnetIds));
  if (subnets.size === 1) {
    const message = `the database is made in two zones, and the file names one subnet, ${[...subnets][0]}`;
    const suggestion =
      "write a second subnet, in another zone, for one of the queues, or none anywhere";
    yield schemaProblem([...path, "Managed"], message, suggestion);
  }
  const { MinCapacity: least = 0.5, MaxCapacity: most = 4 } = managed ?? {};
  if (least === null || most === null || least <= most) return;
  const message = `the least capacity, ${least}, is more than the most, ${most}`;
  yield schemaProblem(
    [...path, "Managed", "MinCapacity"],
    message,
    `write at most ${most}`,
    "value",
  );
}

/** An accounting daemon elsewhere: instead of one of the cluster's own, and in its trust. */
export function* externalSlurmdbd(file: DraftFile): Generator<Problem> {
  const settings = file.Scheduling?.SlurmSettings;
  const external = settings?.ExternalSlurmdbd;
  if (external === undefined || external === null || providerOf(file) === "local") return;
  const path = [...SETTINGS, "ExternalSlurmdbd"];
  if (settings?.Database !== undefined) {
    const message =
      "Database is for a slurmdbd of the cluster's own, and ExternalSlurmdbd names another";
    const suggestion = "keep one of them";
    yield problem("ExternalSlurmdbdVsDatabaseIncompatibility", path, message, suggestion, {
      at: "key",
    });
  }
  if (providerOf(file) === "aws" && settings?.MungeKeySecretArn === undefined) {
    const message =
      "slurmdbd takes messages only from those who have its munge key, and this cluster would make another";
    const suggestion = "write MungeKeySecretArn with a secret that holds its key";
    yield problem("ExternalSlurmdbdRequiresCustomMungeKey", path, message, suggestion, {
      at: "key",
    });
  }
  const message = "what the cluster tells slurmdbd goes over the network as it is";
  const suggestion = "see that only the cluster's networks reach it";
  yield problem("ExternalSlurmdbdTrafficNotEncrypted", path, message, suggestion, {
    at: "key",
    level: "WARNING",
  });
}

/** The schema lets any ARN with `secret` in it pass. */
export function* sharedKeys(file: DraftFile): Generator<Problem> {
  if (providerOf(file) !== "aws") return;
  for (const key of ["MungeKeySecretArn", "JwtKeySecretArn"] as const) {
    const arn = file.Scheduling?.SlurmSettings?.[key];
    if (typeof arn !== "string") continue;
    const [, , service, , , resource] = arn.split(":");
    if (service === "secretsmanager" && resource === "secret") continue;
    const message = `${showValue(arn)} is not a secret of Secrets Manager`;
    const suggestion = 'write "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME"';
    const path = [...SETTINGS, key];
    yield problem("ArnServiceAndResourceValidator", path, message, suggestion);
  }
}

/** Settings stand in the file or in another, not in both. */
export function* includeFileOnly(file: DraftFile): Generator<Problem> {
  const settings = file.Scheduling?.SlurmSettings;
  if (settings?.CustomSlurmSettingsIncludeFile === undefined) return;
  if (providerOf(file) === "local" || (settings.CustomSlurmSettings ?? []).length === 0) return;
  const message =
    "CustomSlurmSettings are here as well, and which of two would count is hard to see";
  const path = [...SETTINGS, "CustomSlurmSettingsIncludeFile"];
  const suggestion = "write all of them in one of the two places";
  yield problem("CustomSlurmSettingsIncludeFileOnlyValidator", path, message, suggestion, {
    at: "key",
  });
}
