/** Reading the repository itself, for the tests that hold its rules. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../", import.meta.url));

const NOT_OURS = new Set(["node_modules", "dist", ".git", ".vitest", "coverage", "results"]);

/** One text file; `path` is relative to the repository. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** `type`: gone when the program runs. `lazy`: loaded when it is reached. */
export interface Import {
  readonly from: string;
  readonly what: string;
  readonly kind: "value" | "type" | "lazy";
}

/** Every file below `folders` with one of the endings, in order of their paths. */
export function filesBelow(
  folders: readonly string[],
  endings: readonly string[],
): readonly SourceFile[] {
  const found: SourceFile[] = [];
  const walk = (directory: string): void => {
    for (const entry of readdirSync(join(ROOT, directory), { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) {
        if (!NOT_OURS.has(entry.name)) walk(path);
      } else if (entry.isFile() && endings.some((ending) => entry.name.endsWith(ending))) {
        found.push({ path, text: readFileSync(join(ROOT, path), "utf8") });
      }
    }
  };
  for (const folder of folders) walk(folder);
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * What a TypeScript file imports and re-exports. The formatter puts each statement at the start of a
 * line and its name in double quotes, which is all that this relies on.
 */
export function importsOf({ path, text }: SourceFile): readonly Import[] {
  const statements = text.matchAll(
    /^(?:import|export)\s+(?:(type)\s+)?(?:[^;"']*?\sfrom\s+)?"([^"]+)"/gm,
  );
  const calls = text.matchAll(/\bimport\("([^"]+)"\)/g);
  return [
    ...[...statements].map(
      ([, type, what = ""]): Import => ({
        from: path,
        what,
        kind: type === undefined ? "value" : "type",
      }),
    ),
    ...[...calls].map(([, what = ""]): Import => ({ from: path, what, kind: "lazy" })),
  ];
}

/** The file that a relative import means; undefined for a package or a built-in module. */
export function targetOf({ from, what }: Import): string | undefined {
  return what.startsWith(".") ? normalize(join(dirname(from), what)) : undefined;
}

/** The package that an import names: `@sluice/cloud` of `@sluice/cloud/testing`. */
export function packageOf(what: string): string | undefined {
  if (what.startsWith(".") || what.startsWith("node:")) return undefined;
  return what
    .split("/")
    .slice(0, what.startsWith("@") ? 2 : 1)
    .join("/");
}

/** `packages/cloud` of anything in it. */
export function roomOf(path: string): string {
  return path.split("/").slice(0, 2).join("/");
}

export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /(^|\/)testing\//.test(path);
}

/** Relative links of a Markdown file: where each points to, with its heading if it names one. */
export function linksOf({ path, text }: SourceFile): readonly {
  readonly link: string;
  readonly file: string;
  readonly heading: string | undefined;
}[] {
  const links = withoutCode(text).matchAll(/\]\(([^()\s]+)\)|(?:src|href)="([^"]+)"/g);
  return [...links].flatMap(([, markdown, html]) => {
    const link = markdown ?? html ?? "";
    if (/^[a-z]+:/.test(link)) return [];
    const [file = "", heading] = link.split("#");
    const target = file === "" ? path : normalize(join(dirname(path), file));
    return [{ link, file: relative(".", target), heading }];
  });
}

/** The names that a page's headings have as link targets, as GitHub makes them. */
export function headingsOf(text: string): ReadonlySet<string> {
  const headings = withoutCode(text, { keepInline: true }).matchAll(/^#{1,6}\s+(.+)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replace(/\s/g, "-"),
    ),
  );
}

function withoutCode(text: string, { keepInline = false } = {}): string {
  const outside = text.replace(/^( *)```[\s\S]*?^\1```/gm, "");
  return keepInline ? outside : outside.replace(/`[^`\n]*`/g, "");
}
