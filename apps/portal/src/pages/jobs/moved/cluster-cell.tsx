import type { Job } from "@sluice/api";
import { MovedWord } from "./moved-note.tsx";
import { movedOf, useMoved } from "./use-moved.ts";

/** Where a job is, and where it was before that was lost. */
export function ClusterCell({ job }: { readonly job: Job }) {
  const moved = movedOf(useMoved().data?.items, job);
  return (
    <>
      {job.cluster}
      {moved !== undefined && (
        <div>
          <MovedWord moved={moved} cluster={job.cluster} />
        </div>
      )}
    </>
  );
}
