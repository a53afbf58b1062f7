import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal, { type ModalProps } from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { text } from "../catalogue/index.ts";
import { Failure } from "./states.tsx";

/** A small form over the page. It stays until it is done, and says what went wrong. */
export function Dialog({
  title,
  size = "medium",
  action,
  back = text.frame.actions.cancel,
  isBusy = false,
  isDisabled = false,
  error,
  onAction,
  onClose,
  children,
}: {
  readonly title: string;
  readonly size?: ModalProps.Size;
  /** The button's word: what will be done. */
  readonly action: string;
  /** The other button's word, where "Cancel" could mean both. */
  readonly back?: string;
  readonly isBusy?: boolean;
  readonly isDisabled?: boolean;
  readonly error?: unknown;
  readonly onAction: () => void;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}) {
  return (
    <Modal
      visible
      size={size}
      header={title}
      onDismiss={onClose}
      closeAriaLabel={text.frame.actions.close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {back}
            </Button>
            <Button variant="primary" loading={isBusy} disabled={isDisabled} onClick={onAction}>
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          // It may have been opened from within another form.
          event.stopPropagation();
          if (!isBusy && !isDisabled) onAction();
        }}
      >
        <SpaceBetween size="m">
          {children}
          {error != null && <Failure error={error} />}
        </SpaceBetween>
      </form>
    </Modal>
  );
}
