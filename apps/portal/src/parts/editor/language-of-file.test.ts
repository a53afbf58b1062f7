import { expect, it } from "vitest";
import { languageOfFile } from "./language-of-file.ts";

it.each([
  ["run.sh", "", "shell"],
  ["RUN.PY", "", "python"],
  [".bashrc", "", "shell"],
  ["cluster.yml", "", "yaml"],
  ["submit", "#!/usr/bin/env bash", "shell"],
  ["plot", "#!/usr/bin/python3.13", "python"],
  ["plot", "#!/opt/tool", "plain"],
  ["sh", "", "plain"],
  ["data.constructor", "", "plain"],
  ["results.out", "", "plain"],
])("%s that begins with %j is %s", (name, firstLine, language) => {
  expect(languageOfFile(name, firstLine)).toBe(language);
});
