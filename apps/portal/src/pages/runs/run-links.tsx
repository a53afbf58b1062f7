import Link from "@cloudscape-design/components/link";
import type { RunView } from "@sluice/api";
import { text } from "../../catalogue/index.ts";

export function runHref({ id }: Pick<RunView, "id">): string {
  return `/runs/${encodeURIComponent(id)}`;
}

export function jobHref({ cluster, jobId }: RunView): string {
  return `/jobs/${encodeURIComponent(cluster)}/${jobId}`;
}

export function JobLink({ run }: { readonly run: RunView }) {
  if (run.jobId === undefined) return text.runs.page.none;
  return <Link href={jobHref(run)}>{text.runs.job(run.jobId)}</Link>;
}
