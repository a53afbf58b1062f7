import type { QueueSummary } from "@sluice/api";
import { createContext, useContext } from "react";

export interface FieldChoices {
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  /** Why there are none, or not all. */
  readonly problem?: string | undefined;
}

export interface ClusterChoice {
  readonly name: string;
  /** In words, as `running`. */
  readonly state: string;
}

/** A file that is on its way to the server, or did not arrive. */
export interface Upload {
  readonly key: string;
  readonly field: string;
  readonly name: string;
  readonly size: number;
  readonly sent: number;
  readonly error?: unknown;
}

export interface WantedUpload {
  readonly field: string;
  readonly file: File;
  /** The file takes the place of the one of its name; it gets a name of its own else. */
  readonly isOver?: boolean;
  /** Told the value when the file is there. */
  readonly onDone: (path: string) => void;
}

/** What a form does with files; a form that is only looked at has none of it. */
export interface FormFiles {
  readonly uploads: readonly Upload[];
  readonly upload: (wanted: WantedUpload) => void;
  readonly stop: (key: string) => void;
  readonly retry: (key: string) => void;
  /** The text of a file that was uploaded for this run. */
  readonly read: (path: string) => Promise<string>;
  /** The folder whose inputs come along from the run before. */
  readonly earlier: string | undefined;
}

/** Where a form is filled in: what is there to choose from. */
export interface FormPlace {
  readonly cluster: string | undefined;
  readonly clusters: readonly ClusterChoice[];
  readonly queues: readonly QueueSummary[];
  /** By field; undefined while they are asked for. */
  readonly choices: ReadonlyMap<string, FieldChoices> | undefined;
  readonly files: FormFiles | undefined;
}

const PlaceContext = createContext<FormPlace>({
  ...{ cluster: undefined, clusters: [], queues: [], choices: new Map(), files: undefined },
});

export const FormPlaceProvider = PlaceContext;

export function useFormPlace(): FormPlace {
  return useContext(PlaceContext);
}
