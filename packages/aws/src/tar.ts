/** A file of an archive, or a folder when its path ends in a slash. */
export interface TarEntry {
  readonly path: string;
  readonly mode: number;
  readonly content?: Uint8Array;
}

const BLOCK = 512;

/**
 * A tar archive (ustar) of these, in their order, root's own and without a time: the same entries
 * always give the same bytes. Paths have at most 99 bytes.
 */
export function tarOf(entries: readonly TarEntry[]): Uint8Array {
  const end = Buffer.alloc(2 * BLOCK);
  return Buffer.concat([...entries.flatMap(blocksOf), end]);
}

function blocksOf({ path, mode, content = new Uint8Array() }: TarEntry): readonly Uint8Array[] {
  const header = Buffer.alloc(BLOCK);
  const put = (text: string, at: number): void => {
    header.write(text, at, "latin1");
  };
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
  put(path, 0);
  put(octal(mode, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(content.length, 11), 124);
  put(octal(0, 11), 136);
  put(" ".repeat(8), 148);
  put(path.endsWith("/") ? "5" : "0", 156);
  put("ustar\u000000", 257);
  put("root", 265);
  put("root", 297);
  // The checksum is that of a header with blanks in its place.
  put(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\u0000 `,
    148,
  );
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return [header, content, padding];
}
