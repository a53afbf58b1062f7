import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Modal from "@cloudscape-design/components/modal";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { text } from "../../catalogue/index.ts";
import { shownName } from "./paths.ts";
import {
  type Conflict,
  dismissTransfer,
  stopTransfer,
  type Transfer,
  useTransfers,
} from "./transfers.ts";

/** What is copied, moved and deleted now, and what of it could not be. */
export function TransferStatus() {
  const { transfers, conflict } = useTransfers();
  return (
    <>
      <div aria-live="polite">
        <SpaceBetween size="xs">
          {transfers.map((transfer) =>
            transfer.at === undefined ? (
              <Failures key={transfer.id} transfer={transfer} />
            ) : (
              <Going key={transfer.id} transfer={transfer} at={transfer.at} />
            ),
          )}
        </SpaceBetween>
      </div>
      {conflict !== undefined && <ConflictDialog key={conflict.name} conflict={conflict} />}
    </>
  );
}

function Going({ transfer, at }: { readonly transfer: Transfer; readonly at: string }) {
  const { id, kind, total, done } = transfer;
  const said = text.files.transfer;
  return (
    <div className="files-going">
      <ProgressBar
        value={(100 * done) / total}
        label={said.title[kind](total)}
        description={shownName(at)}
        additionalInfo={said.step(done, total)}
      />
      <Button onClick={() => stopTransfer(id)}>{said.stop}</Button>
    </div>
  );
}

const MOST_FAILURES = 8;

function Failures({ transfer: { id, failures } }: { readonly transfer: Transfer }) {
  return (
    <Alert
      type="error"
      dismissible
      dismissAriaLabel={text.frame.actions.dismiss}
      onDismiss={() => dismissTransfer(id)}
      header={text.files.transfer.failed(failures.length)}
    >
      {failures.slice(0, MOST_FAILURES).map(({ name, message }) => (
        <div key={name}>
          <b>{shownName(name)}</b>: {message}
        </div>
      ))}
    </Alert>
  );
}

function ConflictDialog({ conflict }: { readonly conflict: Conflict }) {
  const { name, folder, mayReplace, answer } = conflict;
  const [isForAll, setForAll] = useState(false);
  const said = text.files.conflict;
  return (
    <Modal
      visible
      header={said.title(shownName(name))}
      onDismiss={() => answer(undefined, false)}
      closeAriaLabel={text.frame.actions.close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={() => answer("skip", isForAll)}>
              {said.skip}
            </Button>
            {mayReplace && (
              <Button onClick={() => answer("replace", isForAll)}>{said.replace}</Button>
            )}
            <Button variant="primary" onClick={() => answer("keep", isForAll)}>
              {said.keep}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="s">
        <div>{said.more(shownName(folder))}</div>
        <Checkbox checked={isForAll} onChange={({ detail }) => setForAll(detail.checked)}>
          {said.all}
        </Checkbox>
      </SpaceBetween>
    </Modal>
  );
}
