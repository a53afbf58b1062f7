import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import { text } from "../catalogue/index.ts";
import { Failure } from "./states.tsx";

/**
 * Asks before what can't be taken back. It stays until it is done, and says what went wrong.
 * With `typed`, that has to be typed first.
 */
export function Confirm({
  title,
  children,
  action,
  back = text.frame.actions.cancel,
  typed,
  onConfirm,
  onClose,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  /** The button's word: what will be done. */
  readonly action: string;
  /** The other button's word, where "Cancel" could mean both. */
  readonly back?: string;
  readonly typed?: string;
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
}) {
  const [said, setSaid] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Modal
      visible
      header={title}
      onDismiss={onClose}
      closeAriaLabel={text.frame.actions.close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {back}
            </Button>
            <Button
              variant="primary"
              loading={isBusy}
              disabled={typed !== undefined && said !== typed}
              onClick={() => void confirm()}
            >
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {children !== undefined && <div>{children}</div>}
        {typed !== undefined && (
          <FormField label={text.frame.typeToConfirm(typed)}>
            <Input
              value={said}
              onChange={({ detail }) => setSaid(detail.value)}
              autoComplete={false}
              spellcheck={false}
              autoFocus
            />
          </FormField>
        )}
        {error !== undefined && <Failure error={error} />}
      </SpaceBetween>
    </Modal>
  );
}
