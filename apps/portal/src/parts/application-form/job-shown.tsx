import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { text } from "../../catalogue/index.ts";

export interface ShownJob {
  readonly script: string;
  readonly options: readonly string[];
}

/** The script that values make, and what sbatch is told. */
export function JobShown({
  job,
  isOpen = false,
}: {
  /** Undefined while values do not fit. */
  readonly job: ShownJob | undefined;
  readonly isOpen?: boolean;
}) {
  const said = text.submit.panel;
  return (
    <ExpandableSection headerText={said.script} defaultExpanded={isOpen}>
      {job === undefined ? (
        <Box color="text-status-inactive">{said.noScript}</Box>
      ) : (
        <SpaceBetween size="s">
          <Listing title={said.options} content={job.options.join("\n")} />
          <Listing title={said.scriptTitle} content={job.script} copies={said.copyScript} />
        </SpaceBetween>
      )}
    </ExpandableSection>
  );
}

function Listing({
  title,
  content,
  copies,
}: {
  readonly title: string;
  readonly content: string;
  readonly copies?: string;
}) {
  const { copied, notCopied } = text.frame.actions;
  return (
    <div>
      <Box variant="awsui-key-label">
        {title}{" "}
        {copies !== undefined && (
          <CopyToClipboard
            variant="icon"
            textToCopy={content}
            copyButtonAriaLabel={copies}
            copySuccessText={copied}
            copyErrorText={notCopied}
          />
        )}
      </Box>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section className="job-listing" tabIndex={0} aria-label={title}>
        <pre>{content}</pre>
      </section>
    </div>
  );
}
