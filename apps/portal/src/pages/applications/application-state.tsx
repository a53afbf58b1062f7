import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ApplicationSummary } from "@sluice/api";
import { text } from "../../catalogue/index.ts";

/** Whether an application is offered to others, and whether there is something newer. */
export function ApplicationState({
  application: { publishedVersion, latestVersion },
}: {
  readonly application: ApplicationSummary;
}) {
  const said = text.applications.state;
  if (publishedVersion === undefined) {
    return <StatusIndicator type="pending">{said.draft}</StatusIndicator>;
  }
  const isBehind = publishedVersion !== latestVersion;
  return (
    <StatusIndicator type={isBehind ? "info" : "success"}>
      {said.published(publishedVersion)}
      {isBehind && `, ${said.newer(latestVersion)}`}
    </StatusIndicator>
  );
}
