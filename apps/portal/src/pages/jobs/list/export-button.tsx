import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { text } from "../../../catalogue/index.ts";
import { notifyError, notifySuccess } from "../../../frame/notices.tsx";
import { exportJobs } from "./export.ts";
import type { Jobs } from "./use-jobs.ts";

/** Saves what is found, with the columns that are shown. */
export function ExportButton({
  jobs: { query, columns, settings, data },
}: {
  readonly jobs: Jobs;
}) {
  const [count, setCount] = useState<number | undefined>();
  const said = text.jobs.exported;
  const start = async (): Promise<void> => {
    setCount(0);
    try {
      const shown = (settings.contentDisplay ?? []).flatMap(({ id, visible }) => {
        const column = visible ? columns.find((one) => one.id === id) : undefined;
        return column ?? [];
      });
      const rows = await exportJobs({ query, columns: shown, onRow: setCount });
      notifySuccess(said.done(rows));
    } catch (error) {
      notifyError(error, said.failed);
    } finally {
      setCount(undefined);
    }
  };
  return (
    <Button
      iconName="download"
      disabled={data === undefined || data.total === 0}
      loading={count !== undefined}
      loadingText={said.going(count ?? 0)}
      onClick={() => void start()}
    >
      {said.action}
    </Button>
  );
}
