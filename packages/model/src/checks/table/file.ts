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
  {
    id: "EditValidator",
    says: "an edit of a file can be made without touching more than it says",
    how: "schema",
    levels: ["ERROR"],
    suppressible: false,
    ours: true,
    note: "by sluice advise --fix",
  },
  {
    id: "IniSyntaxValidator",
    says: "the text of a version-2 file is what its reader reads",
    how: "schema",
    levels: ["ERROR"],
    suppressible: false,
    ours: true,
    note: "by sluice convert",
  },
  {
    id: "ConversionValidator",
    says: "what a version-2 file says can be said in version 3",
    how: "schema",
    levels: ["INFO", "WARNING", "ERROR"],
    suppressible: false,
    ours: true,
    note: "by sluice convert",
  },
];
