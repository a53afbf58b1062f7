import Alert from "@cloudscape-design/components/alert";
import Link from "@cloudscape-design/components/link";
import type { MovedJobView } from "@sluice/api";
import type { ReactNode } from "react";
import { text } from "../../../catalogue/index.ts";
import { jobHref } from "../../../frame/addresses.ts";
import { When } from "../../../frame/when.tsx";
import { movedOf, useMoved } from "./use-moved.ts";

/** Of a job that went to another cluster, or came from one, where it was or is. */
export function MovedNote({
  job,
  instead = null,
}: {
  readonly job: Parameters<typeof movedOf>[1];
  /** What is shown of one that was never moved. */
  readonly instead?: ReactNode;
}) {
  const found = movedOf(useMoved().data?.items, job);
  if (found === undefined) return instead;
  const said = text.jobs.moved;
  const { cluster, from, fromJobId, jobId, movedAt, refused } = found;
  const isHere = job.cluster === cluster;
  const number = isHere ? fromJobId : jobId;
  const other = isHere ? from : cluster;
  return (
    <Alert
      type={refused ? "warning" : "info"}
      header={isHere ? said.cameFrom(from) : said.wentTo(cluster, refused)}
    >
      {isHere ? said.cameFromMore(from) : said.wentToMore(cluster, refused)}{" "}
      {number !== undefined && (
        <Link href={jobHref(other, number)}>{said.other(number, other, isHere)}</Link>
      )}{" "}
      {movedAt !== undefined && (
        <span className="faint">
          <When at={movedAt} />
        </span>
      )}
    </Alert>
  );
}

/** In a list, under the cluster's name. */
export function MovedWord({ moved, cluster }: { moved: MovedJobView; readonly cluster: string }) {
  const said = text.jobs.moved;
  const { cluster: to, from, fromJobId, jobId } = moved;
  const isHere = cluster === to;
  const number = isHere ? fromJobId : jobId;
  const words = isHere ? said.from(from) : said.to(to);
  if (number === undefined) return <span className="faint">{words}</span>;
  return (
    <Link href={jobHref(isHere ? from : to, number)} fontSize="body-s">
      {words}
    </Link>
  );
}
