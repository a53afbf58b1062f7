import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { text } from "../../catalogue/index.ts";
import { Page } from "../../frame/page.tsx";
import { useMay } from "../../frame/session.tsx";
import { Ages } from "./list/ages.tsx";
import { BulkResult } from "./list/bulk-result.tsx";
import { ExportButton } from "./list/export-button.tsx";
import { JobsTable } from "./list/jobs-table.tsx";
import { useBulk } from "./list/use-bulk.ts";
import { useJobs } from "./list/use-jobs.ts";
import "./list/jobs.css";

/** Jobs of all clusters, live and finished. */
export default function JobsPage() {
  const jobs = useJobs();
  const { bulk, run, forget } = useBulk();
  const maySubmit = useMay("user");
  return (
    <Page
      title={text.frame.pages.jobs}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <ExportButton jobs={jobs} />
          {maySubmit && (
            <Button variant="primary" href="/submit">
              {text.jobs.submit}
            </Button>
          )}
        </SpaceBetween>
      }
    >
      <SpaceBetween size="m">
        {jobs.data !== undefined && <Ages status={jobs.data.status} />}
        {bulk !== undefined && <BulkResult bulk={bulk} onDismiss={forget} />}
        <JobsTable
          jobs={jobs}
          onAct={(action, chosen) => void run(action, chosen)}
          maySelect={maySubmit}
        />
      </SpaceBetween>
    </Page>
  );
}
