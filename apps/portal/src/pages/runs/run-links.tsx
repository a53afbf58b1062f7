import Link from "@cloudscape-design/components/link";
import type { RunView } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { jobHref } from "../../frame/addresses.ts";

export function JobLink({ run }: { readonly run: RunView }) {
  if (run.jobId === undefined) return text.runs.page.none;
  return <Link href={jobHref(run.cluster, run.jobId)}>{text.runs.job(run.jobId)}</Link>;
}
