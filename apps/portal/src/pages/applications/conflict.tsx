import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ProblemError, ROUTES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { useRead } from "../../frame/queries.ts";
import { Read } from "../../frame/states.tsx";
import { DiffView } from "../../parts/editor/diff-view.tsx";

/** Whether an application was saved by another between reading and saving it. */
export function isConflict(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.code === "APPLICATION_CHANGED";
}

/** Another's version and one's own text, both to be seen, and one of them to be taken. */
export function Conflict({
  application,
  mine,
  onMine,
  onTheirs,
}: {
  readonly application: string;
  readonly mine: string;
  /** Told the version that mine goes over. */
  readonly onMine: (version: number) => Promise<void>;
  readonly onTheirs: (theirs: { readonly text: string; readonly version: number }) => void;
}) {
  const said = text.applications.editor.conflict;
  const versions = useRead(ROUTES.listApplicationVersions, { params: { application } });
  const newest = versions.data?.items[0];
  const theirs = useRead(
    ROUTES.getApplicationText,
    { params: { application }, query: { version: newest?.version ?? 1 } },
    { enabled: newest !== undefined },
  );
  return (
    <Alert type="warning" header={said.title(newest?.savedBy ?? "")}>
      <SpaceBetween size="s">
        <div>{said.more}</div>
        <Read from={theirs}>
          {(version) => (
            <SpaceBetween size="s">
              <DiffView
                before={version.text}
                after={mine}
                label={said.difference}
                maxHeight="20rem"
              />
              <SpaceBetween direction="horizontal" size="xs">
                <Button onClick={() => void onMine(version.version)}>{said.mine}</Button>
                <Button onClick={() => onTheirs(version)}>{said.theirs}</Button>
              </SpaceBetween>
              <small>{said.theirsMore}</small>
            </SpaceBetween>
          )}
        </Read>
      </SpaceBetween>
    </Alert>
  );
}
