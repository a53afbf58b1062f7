import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { text } from "../catalogue/index.ts";
import "./shown-once.css";

/** What is shown once and then never again: a link, a token, a secret. */
export function ShownOnce({
  title,
  more,
  values,
  onDone,
}: {
  readonly title: string;
  readonly more: ReactNode;
  readonly values: readonly {
    readonly label?: string;
    readonly value: string;
    readonly copy: string;
  }[];
  readonly onDone: () => void;
}) {
  const { actions } = text.frame;
  return (
    <Alert type="success" header={title} action={<Button onClick={onDone}>{actions.done}</Button>}>
      <SpaceBetween size="s">
        <div>{more}</div>
        {values.map(({ label, value, copy }) => (
          <div key={copy}>
            {label !== undefined && <Box variant="awsui-key-label">{label}</Box>}
            <SpaceBetween direction="horizontal" size="xs" alignItems="center">
              <CopyToClipboard
                copyButtonAriaLabel={copy}
                copyButtonText={actions.copy}
                copySuccessText={actions.copied}
                copyErrorText={actions.notCopied}
                textToCopy={value}
              />
              <span className="shown-once">
                <Box variant="code">{value}</Box>
              </span>
            </SpaceBetween>
          </div>
        ))}
      </SpaceBetween>
    </Alert>
  );
}
