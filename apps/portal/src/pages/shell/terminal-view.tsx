import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { useIsDark } from "../../frame/appearance.ts";
import { notify } from "../../frame/notices.tsx";
import { Failure, Loading } from "../../frame/states.tsx";
import type { LinkState } from "./link.ts";
import type { Settings } from "./settings.ts";
import type { RunningTerminal } from "./start-terminal.ts";
import { whyEnded } from "./why-ended.ts";
import "./shell.css";

/** What the tools of the page do with the terminal that is shown. */
export interface TerminalTools {
  copy(): void;
  paste(): void;
  clear(): void;
}

export function TerminalView({
  cluster,
  id,
  name,
  isShown,
  settings,
  tools,
  onLeave,
  onAnother,
}: {
  readonly cluster: string;
  readonly id: string;
  readonly name: string;
  readonly isShown: boolean;
  readonly settings: Settings;
  readonly tools: Ref<TerminalTools>;
  readonly onLeave: () => void;
  readonly onAnother: () => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const terminal = useRef<RunningTerminal>(undefined);
  const [state, setState] = useState<LinkState>({ is: "connecting" });
  const [failure, setFailure] = useState<unknown>();
  const [isReady, setReady] = useState(false);
  const isDark = useIsDark();
  const latest = useRef({ settings, isDark, onLeave, name });
  latest.current = { settings, isDark, onLeave, name };

  useEffect(() => {
    let isGone = false;
    const start = async (): Promise<void> => {
      // Hundreds of kilobytes that only this page needs.
      const { startTerminal } = await import("./start-terminal.ts");
      if (isGone || place.current === null) return;
      terminal.current = startTerminal(place.current, {
        ...{ cluster, id, onState: setState, ...latest.current },
        label: text.shell.label(latest.current.name),
        onLeave: () => latest.current.onLeave(),
      });
      setReady(true);
    };
    start().catch(setFailure);
    return () => {
      isGone = true;
      terminal.current?.[Symbol.dispose]();
      terminal.current = undefined;
    };
  }, [cluster, id]);

  useEffect(() => {
    if (isReady) terminal.current?.screen.look(settings, isDark);
  }, [isReady, settings, isDark]);

  useEffect(() => {
    if (isReady && isShown) terminal.current?.screen.focus();
  }, [isReady, isShown]);

  useImperativeHandle(tools, () => ({
    copy: () => terminal.current?.screen.copy(),
    clear: () => terminal.current?.screen.clear(),
    paste: () => {
      const refused = (): void => void notify({ type: "info", content: text.shell.noPaste });
      if (!isSecureContext) return refused();
      navigator.clipboard.readText().then((read) => {
        terminal.current?.screen.paste(read);
        terminal.current?.screen.focus();
      }, refused);
    },
  }));

  if (failure !== undefined) return <Failure error={failure} />;
  return (
    <div className="shell-terminal">
      <div className="shell-screen" ref={place} data-dark={isDark} />
      {!isReady && <Loading />}
      <div className="shell-state" role="status">
        <StateLine
          state={state}
          onAgain={() => {
            terminal.current?.open();
            terminal.current?.screen.focus();
          }}
          onAnother={onAnother}
        />
      </div>
    </div>
  );
}

function StateLine({
  state,
  onAgain,
  onAnother,
}: {
  readonly state: LinkState;
  readonly onAgain: () => void;
  readonly onAnother: () => void;
}) {
  const { shell, frame } = text;
  switch (state.is) {
    case "connecting":
    case "open":
      return (
        <span className="shell-quiet">
          {shell.state[state.is]} · {shell.leave}
        </span>
      );
    case "waiting":
      return <Alert type="info">{shell.state.waiting}</Alert>;
    case "taken":
      return (
        <Alert type="info" action={<Button onClick={onAgain}>{shell.takeBack}</Button>}>
          {shell.state.taken}
        </Alert>
      );
    case "over":
      return (
        <Alert
          type="info"
          header={shell.state.over}
          action={<Button onClick={onAnother}>{shell.openAnother}</Button>}
        >
          {whyEnded(state.ended)}
        </Alert>
      );
    case "refused":
      return (
        <SpaceBetween size="xs">
          <Failure error={state.error} header={shell.state.refused} />
          <Button onClick={onAgain}>{frame.states.again}</Button>
        </SpaceBetween>
      );
  }
}
