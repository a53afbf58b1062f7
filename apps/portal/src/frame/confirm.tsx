import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { type ReactNode, useState } from "react";
import { text } from "../catalogue/index.ts";
import { Dialog } from "./dialog.tsx";

/**
 * Asks before what can't be taken back. It stays until it is done, and says what went wrong.
 * With `typed`, that has to be typed first.
 */
export function Confirm({
  title,
  children,
  action,
  back,
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
    <Dialog
      {...{ title, action, isBusy, error, onClose }}
      {...(back === undefined ? {} : { back })}
      isDisabled={typed !== undefined && said !== typed}
      onAction={() => void confirm()}
    >
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
    </Dialog>
  );
}
