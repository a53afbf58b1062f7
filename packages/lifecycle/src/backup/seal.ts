import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";
import { isSluiceError, messageOf, SluiceError } from "@sluice/model";
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { damaged } from "./tar.ts";

type Bytes = AsyncIterable<Uint8Array>;
type Pieces = AsyncGenerator<Uint8Array, void>;

/** The two lines of an age file's header that come first, whoever it is for. */
const AGE_MAGIC = "age-encryption.org/v1";
const SECRET_KEY = /^AGE-SECRET-KEY-(PQ-)?1[A-Z0-9]{20,}$/;

/** Compressed with zstd and encrypted with age for each of `recipients`; memory does not grow. */
export async function* sealed(content: Bytes, recipients: readonly string[]): Pieces {
  const encrypter = encrypterFor(recipients);
  const zstd = createZstdCompress({
    params: {
      [constants.ZSTD_c_compressionLevel]: 3,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  });
  const compressed = pipeline(content, zstd);
  // Its error comes out of the stream as well, where somebody waits for it.
  compressed.catch(() => {});
  yield* await encrypter.encrypt(streamOf(zstd));
  await compressed;
}

/** Throws `BACKUP_KEY_UNUSABLE` for what is no age recipient. */
function encrypterFor(recipients: readonly string[]): Encrypter {
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (error) {
      throw new SluiceError(
        "BACKUP_KEY_UNUSABLE",
        "user",
        `${JSON.stringify(recipient)} is no public key of age`,
        { hint: "Backup.Recipients takes what age-keygen prints as public key", cause: error },
      );
    }
  }
  return encrypter;
}

/**
 * Decrypted, and still compressed.
 *
 * Errors: `BACKUP_KEY_WRONG` at once; `BACKUP_DAMAGED` where it is, or ends too early;
 * `BACKUP_FOREIGN` for something else than a backup.
 */
export async function* decrypted(content: Bytes, identities: readonly string[]): Pieces {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  const plain = await decrypter.decrypt(streamOf(beginningWithMagic(content))).catch((error) => {
    if (isSluiceError(error)) throw error;
    if (/no identity matched/i.test(messageOf(error))) {
      throw new SluiceError("BACKUP_KEY_WRONG", "user", "the backup is not for this key", {
        hint: "give the key that its cluster had (sluice backup --export-key), or one of its recipients'",
        cause: error,
      });
    }
    throw damaged("its header can't be read", error);
  });
  try {
    yield* plain;
  } catch (error) {
    throw isSluiceError(error) ? error : damaged("it is not what was written", error);
  }
}

/** Errors: `BACKUP_DAMAGED`. */
export async function* decompressed(content: Bytes): Pieces {
  const zstd = createZstdDecompress();
  const piped = pipeline(content, zstd);
  piped.catch(() => {});
  try {
    for await (const chunk of zstd) yield chunk as Buffer;
    await piped;
  } catch (error) {
    if (isSluiceError(error)) throw error;
    const isOurs = error instanceof Error && "code" in error && /^ZSTD|^Z_/.test(`${error.code}`);
    throw isOurs ? damaged("it can't be decompressed", error) : error;
  }
}

async function* beginningWithMagic(content: Bytes): Pieces {
  let first: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of content) {
    if (first === undefined) {
      yield chunk;
      continue;
    }
    first = Buffer.concat([first, chunk]);
    if (first.length < AGE_MAGIC.length) continue;
    requireMagic(first);
    yield first;
    first = undefined;
  }
  if (first !== undefined) requireMagic(first);
}

function requireMagic(first: Buffer): void {
  if (first.toString("latin1", 0, AGE_MAGIC.length) === AGE_MAGIC) return;
  throw new SluiceError("BACKUP_FOREIGN", "user", "the file is no backup: age did not make it", {
    hint: "give a file that ends in .tar.zst.age",
  });
}

function streamOf(content: Bytes): ReadableStream<Uint8Array> {
  return ReadableStream.from(content) as ReadableStream<Uint8Array>;
}

/** A new key for backups, and who can be written to for it. */
export async function newBackupKey(): Promise<{ identity: string; recipient: string }> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/**
 * The keys in a file as age-keygen writes it: one a line, comments begin with `#`.
 *
 * Errors: `BACKUP_KEY_UNUSABLE`; it never shows what is in the file.
 */
export async function identitiesIn(text: string): Promise<readonly string[]> {
  const lines = text.split("\n").map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const unusable = (why: string): SluiceError =>
    new SluiceError("BACKUP_KEY_UNUSABLE", "user", `the key file ${why}`, {
      hint: "give a file with a line AGE-SECRET-KEY-1…, as sluice backup --export-key writes it",
    });
  if (keys.length === 0) throw unusable("has no key in it");
  for (const key of keys) {
    const isKey = SECRET_KEY.test(key) && (await identityToRecipient(key).catch(() => undefined));
    if (!isKey) throw unusable(`has a line ${lines.indexOf(key) + 1} that is no key of age`);
  }
  return keys;
}

/** The public key of one of `identitiesIn`. */
export function recipientOf(identity: string): Promise<string> {
  return identityToRecipient(identity);
}
