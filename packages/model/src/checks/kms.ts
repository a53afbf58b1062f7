import type { DraftFile } from "../cluster-file/draft.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { providerOf } from "./provider.ts";
import { storageOf } from "./storage-entries.ts";

/** A place that names a key, and whether what it is for is encrypted; null where that can't be read. */
interface KeyPlace {
  readonly key: string;
  readonly path: Path;
  readonly encrypted: boolean | null;
}

/** Lustre file systems are always encrypted. */
export function* keysOf(file: DraftFile): Generator<KeyPlace> {
  if (providerOf(file) !== "aws") return;
  for (const { storage, path } of storageOf(file)) {
    const { StorageType: type, EbsSettings: ebs, EfsSettings: efs } = storage;
    if (type === "Ebs" && typeof ebs?.KmsKeyId === "string") {
      const encrypted = ebs.Encrypted === undefined ? true : ebs.Encrypted;
      yield { key: ebs.KmsKeyId, path: [...path, "EbsSettings", "KmsKeyId"], encrypted };
    } else if (type === "Efs" && typeof efs?.KmsKeyId === "string") {
      const encrypted = efs.Encrypted === undefined ? true : efs.Encrypted;
      yield { key: efs.KmsKeyId, path: [...path, "EfsSettings", "KmsKeyId"], encrypted };
    } else if (type === "FsxLustre" && typeof storage.FsxLustreSettings?.KmsKeyId === "string") {
      const key = storage.FsxLustreSettings.KmsKeyId;
      yield { key, path: [...path, "FsxLustreSettings", "KmsKeyId"], encrypted: true };
    }
  }
}

export function* encryptionKeys(file: DraftFile): Generator<Problem> {
  for (const { path, encrypted } of keysOf(file)) {
    if (encrypted === false) yield keyWithoutEncryption(path);
  }
}

export function keyWithoutEncryption(path: Path): Problem {
  const message = "there is a key to encrypt with, and Encrypted is false";
  const suggestion = "write Encrypted: true, or remove the key";
  return problem("KmsKeyIdEncryptedValidator", path, message, suggestion);
}
