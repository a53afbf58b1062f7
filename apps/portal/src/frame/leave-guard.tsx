import { useEffect } from "react";
import { useBlocker } from "react-router";
import { text } from "../catalogue/index.ts";
import { Confirm } from "./confirm.tsx";

/** Asks before what was written and not saved is left. */
export function LeaveGuard({ isNeeded }: { readonly isNeeded: boolean }) {
  const said = text.frame.leave;
  const blocker = useBlocker(isNeeded);
  useEffect(() => {
    if (!isNeeded) return;
    const stay = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", stay);
    return () => window.removeEventListener("beforeunload", stay);
  }, [isNeeded]);
  if (blocker.state !== "blocked") return null;
  return (
    <Confirm
      title={said.title}
      action={said.go}
      onConfirm={async () => blocker.proceed()}
      onClose={() => blocker.reset()}
    >
      {said.more}
    </Confirm>
  );
}
