import type { Extension } from "@codemirror/state";

/** What the editor can colour; each is loaded when it is first looked at. */
export const LANGUAGES = [
  "yaml",
  "json",
  "shell",
  "python",
  "javascript",
  "r",
  "julia",
  "fortran",
  "c",
  "lua",
  "perl",
  "octave",
  "toml",
  "ini",
  "plain",
] as const;
export type EditorLanguage = (typeof LANGUAGES)[number];

export async function loadLanguage(language: EditorLanguage): Promise<Extension> {
  switch (language) {
    case "yaml":
      return (await import("@codemirror/lang-yaml")).yaml();
    case "json":
      return (await import("@codemirror/lang-json")).json();
    case "python":
      return (await import("@codemirror/lang-python")).python();
    case "javascript":
      return (await import("@codemirror/lang-javascript")).javascript({
        jsx: true,
        typescript: true,
      });
    case "plain":
      return [];
    default:
      return streamed(language);
  }
}

type Streamed = Exclude<EditorLanguage, "yaml" | "json" | "python" | "javascript" | "plain">;

async function streamed(language: Streamed): Promise<Extension> {
  const [{ StreamLanguage }, parser] = await Promise.all([
    import("@codemirror/language"),
    parserOf(language),
  ]);
  return StreamLanguage.define<unknown>(parser);
}

async function parserOf(language: Streamed) {
  switch (language) {
    case "shell":
      return (await import("@codemirror/legacy-modes/mode/shell")).shell;
    case "r":
      return (await import("@codemirror/legacy-modes/mode/r")).r;
    case "julia":
      return (await import("@codemirror/legacy-modes/mode/julia")).julia;
    case "fortran":
      return (await import("@codemirror/legacy-modes/mode/fortran")).fortran;
    case "c":
      return (await import("@codemirror/legacy-modes/mode/clike")).cpp;
    case "lua":
      return (await import("@codemirror/legacy-modes/mode/lua")).lua;
    case "perl":
      return (await import("@codemirror/legacy-modes/mode/perl")).perl;
    case "octave":
      return (await import("@codemirror/legacy-modes/mode/octave")).octave;
    case "toml":
      return (await import("@codemirror/legacy-modes/mode/toml")).toml;
    case "ini":
      return (await import("@codemirror/legacy-modes/mode/properties")).properties;
    default:
      return language satisfies never;
  }
}
