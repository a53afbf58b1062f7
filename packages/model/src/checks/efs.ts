import type { DraftFile } from "../cluster-file/draft.ts";
import { type Problem, problem } from "../cluster-file/problem.ts";
import { schemaProblem } from "./keys.ts";
import { providerOf } from "./provider.ts";
import { storageOf } from "./storage-entries.ts";

/** What may be said of a file system that exists: how it is mounted. */
const MOUNT_KEYS: ReadonlySet<string> = new Set([
  "FileSystemId",
  "AccessPointId",
  "EncryptionInTransit",
  "IamAuthorization",
]);

function* settingsOf(file: DraftFile) {
  if (providerOf(file) !== "aws") return;
  for (const { storage, path } of storageOf(file, "Efs")) {
    const settings = storage.EfsSettings;
    if (settings === null || settings === undefined) continue;
    yield { settings, path: [...path, "EfsSettings"] };
  }
}

/** The file can't change what a file system that exists is like, and a fixed throughput has a size. */
export function* efsSettings(file: DraftFile): Generator<Problem> {
  for (const { settings, path } of settingsOf(file)) {
    if (settings.FileSystemId !== undefined) {
      for (const key of Object.keys(settings)) {
        if (MOUNT_KEYS.has(key)) continue;
        const message = `${key} is for a new file system, and FileSystemId names one that exists`;
        yield schemaProblem([...path, key], message, "remove it, or FileSystemId");
      }
      continue;
    }
    const { ThroughputMode: mode = "bursting", ProvisionedThroughput: throughput } = settings;
    if (mode === "provisioned" && throughput === undefined) {
      const message = "ThroughputMode is provisioned, and nothing says how much";
      const place = [...path, "ProvisionedThroughput"];
      yield schemaProblem(place, message, "write ProvisionedThroughput in MiB/s", "missing");
    } else if (mode === "bursting" && throughput !== undefined) {
      const message = "ProvisionedThroughput has no effect, because ThroughputMode is bursting";
      const place = [...path, "ProvisionedThroughput"];
      yield schemaProblem(place, message, "write ThroughputMode: provisioned, or remove it");
    }
  }
}

/** Roles and access points need TLS. */
export function* efsMountOptions(file: DraftFile): Generator<Problem> {
  for (const { settings, path } of settingsOf(file)) {
    const { EncryptionInTransit: encrypted, IamAuthorization, AccessPointId } = settings;
    if (encrypted !== null && !encrypted && IamAuthorization) {
      const message = "nodes can prove who they are only over a connection that is encrypted";
      const place = [...path, "IamAuthorization"];
      const suggestion = "write EncryptionInTransit: true, or IamAuthorization: false";
      yield problem("EfsMountOptionsValidator", place, message, suggestion);
    }
    if (AccessPointId === undefined) continue;
    const refuse = (message: string, suggestion: string): Problem =>
      problem("EfsAccessPointOptionsValidator", [...path, "AccessPointId"], message, suggestion);
    if (settings.FileSystemId === undefined) {
      const message = "an access point is part of a file system that exists, and none is named";
      yield refuse(message, "write its FileSystemId, or remove AccessPointId");
    }
    if (encrypted !== null && !encrypted) {
      const message = "an access point is reached only over a connection that is encrypted";
      yield refuse(message, "write EncryptionInTransit: true");
    }
  }
}
