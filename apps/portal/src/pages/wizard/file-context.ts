import type { Edit, Path } from "@sluice/model";
import { createContext, useContext } from "react";
import type { FileValue } from "./file.ts";
import type { FileFinding } from "./use-review.ts";

export type ProviderName = "aws" | "azure" | "local";

/** The file that the steps show and change. */
export interface FileContextValue {
  /** The last text that could be read. */
  readonly value: FileValue;
  readonly provider: ProviderName;
  readonly region: string | undefined;
  /** It is a cluster's that exists: what can never be changed is shown, not asked. */
  readonly isRunning: boolean;
  readonly findings: readonly FileFinding[];
  /** Checks that found something and that cannot be left out. */
  readonly unacceptable: ReadonlySet<string>;
  readonly edit: (edits: readonly Edit[]) => void;
  readonly set: (path: Path, next: unknown) => void;
}

const FileContext = createContext<FileContextValue | undefined>(undefined);
export const FileProvider = FileContext;

export function useFile(): FileContextValue {
  const file = useContext(FileContext);
  if (file === undefined) throw new Error("a step needs a file");
  return file;
}

export function providerOf({ Provider }: FileValue): ProviderName {
  return Provider === "local" || Provider === "azure" ? Provider : "aws";
}
