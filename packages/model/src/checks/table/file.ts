import type { CheckRow } from "./row.ts";

/** Checks of the file itself, whatever it is about. */
export const FILE_CHECKS: readonly CheckRow[] = [
  {
    id: "YamlSyntaxValidator",
    says: "the text is YAML, within limits",
    how: "schema",
    levels: ["ERROR"],
    suppressible: false,
    ours: true,
  },
  {
    id: "ConfigSchemaValidator",
    says: "every key is known, has a value of its kind, and none that is required is missing",
    how: "schema",
    levels: ["ERROR"],
    suppressible: false,
    ours: true,
  },
  {
    id: "TextValidator",
    says: "no text holds control characters",
    how: "offline",
    levels: ["ERROR"],
    suppressible: false,
    ours: true,
  },
  {
    id: "ProviderKeyValidator",
    says: "no key does nothing with the chosen provider",
    how: "offline",
    levels: ["WARNING"],
    ours: true,
  },
  {
    id: "NoEffectValidator",
    says: "no key is one that Sluice reads and has no use for",
    how: "offline",
    levels: ["WARNING"],
    ours: true,
  },
];
