import type { CompletionSource } from "@codemirror/autocomplete";
import type { Ref } from "react";
import type { EditorLanguage } from "./languages.ts";

/** Something that is said about a place in the text. */
export interface Diagnostic {
  /** From 1; what lies outside the text is shown at its nearest end. */
  readonly line: number;
  /** From 1, in UTF-16 units; the whole line when 0 or missing. */
  readonly column?: number;
  readonly level: "error" | "warning" | "info";
  readonly message: string;
  /** What to do about it. */
  readonly suggestion?: string;
  readonly action?: { readonly label: string; readonly apply: () => void };
}

/** What is told about the place that is pointed at. */
export interface Hover {
  /** Offsets of what it is about. */
  readonly from: number;
  readonly to: number;
  readonly title: string;
  readonly text: string;
}

export interface EditorHandle {
  /** Puts the cursor there, shows it, and takes the keyboard. From 1. */
  readonly goTo: (line: number, column?: number) => void;
  /** Brings the line to the top, and leaves cursor and keyboard where they are. From 1. */
  readonly show: (line: number) => void;
}

export interface EditorProps {
  readonly value: string;
  /** Called with the whole text at each change by the person, and not for a new `value`. */
  readonly onChange?: (value: string) => void;
  readonly language: EditorLanguage;
  readonly readOnly?: boolean;
  readonly diagnostics?: readonly Diagnostic[];
  /** Its name for screen readers; give it a visible one beside it. */
  readonly label: string;
  /** CSS lengths; it grows with its text from the one to the other. */
  readonly minHeight?: string;
  readonly maxHeight?: string;
  /** By Ctrl+S or ⌘S. */
  readonly onSave?: () => void;
  readonly completions?: CompletionSource;
  readonly hover?: (text: string, offset: number) => Hover | undefined;
  readonly ref?: Ref<EditorHandle>;
}
