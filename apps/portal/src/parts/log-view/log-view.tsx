import Button from "@cloudscape-design/components/button";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Toggle from "@cloudscape-design/components/toggle";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { remember, remembered } from "../../frame/memory.ts";
import { Failure } from "../../frame/states.tsx";
import { Block } from "./log-block.tsx";
import { LogFind } from "./log-find.tsx";
import type { LogSource } from "./source.ts";
import { useFollow } from "./use-follow.ts";
import { type Log, useLog } from "./use-log.ts";
import "./log-view.css";

const WRAP = "log.wrap";

/**
 * Text that is being written: it follows the end until somebody scrolls up, can be searched, and
 * keeps the last 50,000 lines. `source` makes it; see `LogSource`.
 */
export function LogView({
  source,
  label,
  actions,
  empty = text.logView.nothing,
  height = "32rem",
}: {
  readonly source: LogSource;
  /** What it is, read aloud: "Standard output of job 12". */
  readonly label: string;
  /** At the right of the bar, as a download. */
  readonly actions?: ReactNode;
  /** Said while nothing was written yet. */
  readonly empty?: ReactNode;
  readonly height?: string;
}) {
  const said = text.logView;
  const log = useLog(source);
  const scroller = useRef<HTMLElement>(null);
  const { isFollowing, setFollowing } = useFollow(scroller);
  const [isWrapped, setWrapped] = useState(() => remembered<boolean>(WRAP) ?? true);
  useKeptPlace(scroller, log.blocks[0]?.id);
  const isOver = log.state === "ended" || log.state === "failed";
  return (
    <div className="log">
      <div className="log-bar">
        <LogFind blocks={log.blocks} scroller={scroller} onFind={() => setFollowing(false)} />
        <span role="status" className="log-state">
          {log.state === "live" && (
            <StatusIndicator type="in-progress">{said.live}</StatusIndicator>
          )}
          {log.state === "ended" && <StatusIndicator type="success">{said.ended}</StatusIndicator>}
        </span>
        <Toggle checked={isFollowing} onChange={({ detail }) => setFollowing(detail.checked)}>
          {said.follow}
        </Toggle>
        <Toggle
          checked={isWrapped}
          onChange={({ detail }) => {
            setWrapped(detail.checked);
            remember(WRAP, detail.checked);
          }}
        >
          {said.wrap}
        </Toggle>
        {actions}
      </div>
      {log.error !== undefined && <Failure error={log.error} again={log.again} />}
      <div className="log-frame">
        <section
          ref={scroller}
          className="log-text"
          data-wrapped={isWrapped}
          aria-label={label}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys
          tabIndex={0}
          style={{ blockSize: height }}
        >
          <Before log={log} />
          {log.state === "waiting" ? (
            <p className="log-empty log-wait">{text.frame.states.loading}</p>
          ) : log.isEmpty ? (
            <p className="log-empty">{isOver ? said.nothingAtAll : empty}</p>
          ) : (
            <div className="log-lines">
              {log.blocks.map((block) => (
                <Block key={block.id} block={block} />
              ))}
            </div>
          )}
        </section>
        {!isFollowing && <ToEnd added={log.added} onClick={() => setFollowing(true)} />}
      </div>
    </div>
  );
}

function Before({ log }: { readonly log: Log }) {
  const said = text.logView;
  if (log.before === "none") return null;
  return (
    <div className="log-before">
      {log.before === "no-room" ? (
        said.noRoom
      ) : (
        <Button
          variant="inline-link"
          loading={log.isLoadingEarlier}
          onClick={() => log.loadEarlier()}
        >
          {said.earlier}
        </Button>
      )}
    </div>
  );
}

/** How many lines came since one looked elsewhere. */
function ToEnd({ added, onClick }: { readonly added: number; readonly onClick: () => void }) {
  const [seen, setSeen] = useState(added);
  useEffect(() => setSeen((before) => Math.min(before, added)), [added]);
  return (
    <div className="log-to-end">
      <Button iconName="angle-down" onClick={onClick}>
        {text.logView.toEnd(added - seen)}
      </Button>
    </div>
  );
}

/** What is looked at stays where it is when lines come before it. */
function useKeptPlace(
  scroller: { readonly current: HTMLElement | null },
  first: number | undefined,
): void {
  const before = useRef({ first, height: 0 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const { first: was, height } = before.current;
    if (first !== undefined && was !== undefined && first < was && element.scrollTop < 80) {
      element.scrollTop += element.scrollHeight - height;
    }
    before.current = { first, height: element.scrollHeight };
  });
}
