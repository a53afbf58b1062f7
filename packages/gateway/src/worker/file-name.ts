import { isUtf8 } from "node:buffer";
import { SluiceError } from "@sluice/model";

/**
 * A path or a name as the kernel has it: one character for each byte. Compared and cut as a string,
 * never shown and never sent.
 */
export type RawPath = string & { readonly raw: unique symbol };

/**
 * Names are bytes, JSON and URLs are Unicode. A byte that is no part of UTF-8 travels as the
 * character U+10FE00 + byte, of a private use area that nobody uses; where a name really has such a
 * character, its four bytes travel like that. So every name has a text, and every text its name.
 */
const BASE = 0x10fe00;
const FIRST = BASE + 0x80;
const LAST = BASE + 0xff;
/** How each of those characters begins in UTF-16. */
const MARK = "\u{dbff}";

export function rawOf(bytes: Uint8Array): RawPath {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    "latin1",
  ) as RawPath;
}

/** For system calls. */
export function bytesOf(raw: string): Buffer {
  return Buffer.from(raw, "latin1");
}

/** What stands for these bytes in JSON, URLs and messages. */
export function textOf(raw: string): string {
  return textOfBytes(bytesOf(raw));
}

export function textOfBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) {
    const text = bytes.toString("utf8");
    if (!text.includes(MARK)) return text;
  }
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = lengthAt(bytes, at);
    const character = length === 0 ? "" : bytes.toString("utf8", at, at + length);
    if (length > 0 && !isStandIn(character)) parts.push(character);
    else for (const byte of bytes.subarray(at, at + Math.max(1, length))) parts.push(standIn(byte));
    at += Math.max(1, length);
  }
  return parts.join("");
}

/** Throws `FILE_NAME_INVALID` for half a surrogate pair and for the character that ends names. */
export function rawOfText(text: string): RawPath {
  if (text.includes("\0")) throw invalid(text, "a NUL character");
  return bytesOfText(text).toString("latin1") as RawPath;
}

export function bytesOfText(text: string): Buffer {
  if (!text.isWellFormed()) throw invalid(text, "half a surrogate pair");
  if (!text.includes(MARK)) return Buffer.from(text, "utf8");
  return Buffer.concat(
    Array.from(text, (character) =>
      isStandIn(character)
        ? Buffer.of((character.codePointAt(0) ?? 0) - BASE)
        : Buffer.from(character, "utf8"),
    ),
  );
}

/** For messages and logs: on one line, whatever the name is. */
export function shown(path: string): string {
  const text = path.replace(/[\p{Cc}\p{Zl}\p{Zp}\u{10fe80}-\u{10feff}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\x${(code >= FIRST ? code - BASE : code).toString(16).padStart(2, "0")}`;
  });
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function isStandIn(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code >= FIRST && code <= LAST;
}

function standIn(byte: number): string {
  return byte < 0x80 ? String.fromCharCode(byte) : String.fromCodePoint(BASE + byte);
}

/** Of the character that begins there, in bytes; 0 where none does. */
function lengthAt(bytes: Buffer, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  const part = bytes.subarray(at, at + length);
  return part.length === length && isUtf8(part) ? length : 0;
}

function invalid(text: string, what: string): SluiceError {
  return new SluiceError(
    "FILE_NAME_INVALID",
    "user",
    `a name can't have ${what}: ${shown(text.replaceAll("\0", "\\0").toWellFormed())}`,
  );
}
