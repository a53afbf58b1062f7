import type { Finding } from "@sluice/model";
import {
  type Application,
  type FieldError,
  type PreparedJob,
  parseApplication,
} from "../applications/index.ts";
import { shownJob, tryRequest } from "./prepare.ts";

export interface ApplicationPreview {
  readonly findings: readonly Finding[];
  /** Undefined as long as the text is no application. */
  readonly application?: Application;
  readonly errors: readonly FieldError[];
  readonly job?: PreparedJob;
}

/**
 * The form of an application that is not saved, and the job that values make of it. No cluster is
 * asked: a path from the home on stays as it is written.
 */
export function previewApplication(
  text: string,
  values: Readonly<Record<string, unknown>>,
  cluster = "",
): ApplicationPreview {
  const parsed = parseApplication(text);
  if (!parsed.ok) return { findings: parsed.findings, errors: [] };
  const { application } = parsed;
  const own = new Set(application.Fields.map(({ Name }) => Name));
  // Values of fields that the text had a moment ago.
  const asked = Object.fromEntries(Object.entries(values).filter(([name]) => own.has(name)));
  const isOf = application.Fields.find(({ Type }) => Type === "cluster")?.Name ?? "";
  const made = tryRequest(application, asked, {
    name: application.Title,
    folder: "RUN",
    cluster: cluster === "" ? String(asked[isOf] ?? "") : cluster,
    home: "~",
  });
  return "errors" in made
    ? { findings: [], application, errors: made.errors }
    : { findings: [], application, errors: [], job: shownJob(made) };
}
