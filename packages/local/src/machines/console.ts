import { open } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

/** The file that a machine's processes write to from its first moment on. */
export function consoleFile(directory: string): string {
  return join(directory, "console.log");
}

/**
 * The end of a machine's console as plain lines, at most so many bytes; empty when there is none
 * yet.
 */
export async function consoleTail(directory: string, bytes: number): Promise<string> {
  try {
    await using file = await open(consoleFile(directory), "r");
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, size - buffer.length);
    let start = 0;
    // The cut may be in the middle of a character: what follows its first byte is 10xxxxxx.
    while (size > bytes && start < bytesRead && ((buffer[start] ?? 0) & 0xc0) === 0x80) start += 1;
    const text = buffer.toString("utf8", start, bytesRead);
    return stripVTControlCharacters(text).replaceAll("\r", "");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
