/** How a file is shown, by what its name says. */
export type PreviewKind = "text" | "image" | "table" | "pdf" | "unknown";

/** Types that browsers draw, by the end of a name. SVG is drawn as a picture, whose scripts do not run. */
const IMAGES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  bmp: "image/bmp",
  ico: "image/x-icon",
  svg: "image/svg+xml",
};

/** Nothing in these can be read by people. */
const BINARY = new Set(
  [
    "7z a bin bz2 cgns dcd doc docx exe gz h5 hdf5 iso jar mp3 mp4 mov nc npy npz o odb parquet",
    "pickle pkl pt pth pyc rar so sqlite tar tgz trr vtu whl xls xlsx xtc xz zip zst",
  ].flatMap((line) => line.split(" ")),
);

/** What follows the last dot, in small letters; nothing for `.bashrc` and `Makefile`. */
export function endingOf(name: string): string {
  return /[^.].*\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}

export function kindOf(name: string): PreviewKind {
  const ending = endingOf(name);
  if (ending in IMAGES) return "image";
  if (ending === "csv" || ending === "tsv") return "table";
  if (ending === "pdf") return "pdf";
  return BINARY.has(ending) ? "unknown" : "text";
}

export function imageTypeOf(name: string): string {
  return IMAGES[endingOf(name)] ?? "application/octet-stream";
}

/** Whether these first bytes of a file are no text. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 8192).includes(0);
}
