import Alert, { type AlertProps } from "@cloudscape-design/components/alert";
import { type ReactNode, useSyncExternalStore } from "react";
import { text } from "../catalogue/index.ts";
import { errorSentences } from "./states.tsx";

export interface Notice {
  readonly type: AlertProps.Type;
  readonly header?: ReactNode;
  readonly content: ReactNode;
}

/** Milliseconds for which what went well is told. */
const SHOWN = 6_000;
/** Older ones make room. */
const MOST = 5;

let notices: readonly (Notice & { readonly id: number })[] = [];
let count = 0;
const listeners = new Set<() => void>();

function set(next: typeof notices): void {
  notices = next;
  for (const tell of listeners) tell();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function dismiss(id: number): void {
  set(notices.filter((one) => one.id !== id));
}

/** Shows a notice at the top of the page; gives what takes it away. */
export function notify(notice: Notice): () => void {
  count += 1;
  const id = count;
  set([...notices.slice(1 - MOST), { ...notice, id }]);
  if (notice.type === "success") setTimeout(() => dismiss(id), SHOWN);
  return () => dismiss(id);
}

export function notifySuccess(content: string): void {
  notify({ type: "success", content });
}

export function notifyError(error: unknown, header?: string): void {
  const [first, ...more] = errorSentences(error);
  notify({
    type: "error",
    ...(header === undefined ? { header: first } : { header }),
    content: (
      <>
        {(header === undefined ? more : [first, ...more]).map((line) => (
          <div key={line}>{line}</div>
        ))}
      </>
    ),
  });
}

/** What was told and not yet dismissed. */
export function Notices() {
  const shown = useSyncExternalStore(subscribe, () => notices);
  return (
    <div className="layout-notices" aria-live="polite">
      {shown.map(({ id, type, header, content }) => (
        <Alert
          key={id}
          type={type}
          header={header}
          dismissible
          dismissAriaLabel={text.frame.actions.dismiss}
          onDismiss={() => dismiss(id)}
        >
          {content}
        </Alert>
      ))}
    </div>
  );
}
