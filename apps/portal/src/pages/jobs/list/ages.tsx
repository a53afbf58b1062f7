import Alert from "@cloudscape-design/components/alert";
import type { JobsStatus } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { relativeTime, sentence } from "../../../frame/format.ts";
import { useNow } from "../../../frame/when.tsx";

/** Of which clusters what is shown is getting old, since when, and why. */
export function Ages({ status }: { readonly status: readonly JobsStatus[] }) {
  const now = useNow(10_000);
  const old = status.filter(({ problem }) => problem !== undefined);
  const said = text.jobs.ages;
  if (old.length === 0) return null;
  return (
    <div role="status">
      <Alert type="warning" header={said.title(old.map(({ cluster }) => cluster))}>
        {old.map(({ cluster, problem = "", queueAt }) => (
          <div key={cluster}>
            {cluster}: {sentence(problem)}{" "}
            {queueAt === undefined ? said.never : said.since(relativeTime(queueAt, now))}
          </div>
        ))}
      </Alert>
    </div>
  );
}
