import type { EditorLanguage } from "./languages.ts";

const BY_ENDING: Readonly<Record<string, EditorLanguage>> = {
  yaml: "yaml",
  yml: "yaml",
  json: "json",
  ipynb: "json",
  sh: "shell",
  bash: "shell",
  sbatch: "shell",
  slurm: "shell",
  job: "shell",
  profile: "shell",
  bashrc: "shell",
  py: "python",
  js: "javascript",
  ts: "javascript",
  mjs: "javascript",
  r: "r",
  jl: "julia",
  f: "fortran",
  f90: "fortran",
  f95: "fortran",
  f03: "fortran",
  c: "c",
  h: "c",
  cc: "c",
  cpp: "c",
  cxx: "c",
  hpp: "c",
  cu: "c",
  lua: "lua",
  pl: "perl",
  pm: "perl",
  m: "octave",
  toml: "toml",
  ini: "ini",
  cfg: "ini",
  conf: "ini",
  properties: "ini",
};

const INTERPRETERS: readonly (readonly [RegExp, EditorLanguage])[] = [
  [/\b(?:ba|da|k|z)?sh\b/, "shell"],
  [/\bpython[\d.]*\b/, "python"],
  [/\bRscript\b/, "r"],
  [/\bjulia\b/, "julia"],
  [/\bperl\b/, "perl"],
  [/\blua\b/, "lua"],
  [/\bnode\b/, "javascript"],
];

/** By the name's ending; where that says nothing, by the first line, as `#!/bin/bash`. */
export function languageOfFile(name: string, firstLine = ""): EditorLanguage {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  const known = Object.hasOwn(BY_ENDING, ending) ? BY_ENDING[ending] : undefined;
  if (name.includes(".") && known !== undefined) return known;
  if (!firstLine.startsWith("#!")) return "plain";
  return INTERPRETERS.find(([pattern]) => pattern.test(firstLine))?.[1] ?? "plain";
}
