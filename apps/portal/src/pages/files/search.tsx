import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Icon from "@cloudscape-design/components/icon";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { ROUTES } from "@sluice/api";
import { useEffect, useRef, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { bytes } from "../../frame/format.ts";
import { server } from "../../frame/server.ts";
import { Empty, Failure } from "../../frame/states.tsx";
import { When } from "../../frame/when.tsx";
import { parentOf, shownName } from "./paths.ts";
import { type Entry, isFolder, type Place, whose } from "./place.ts";
import "./search.css";

/** First what is near, then all that there is. */
const LIMITS = [25, 1000];

interface Found {
  readonly items: readonly Entry[];
  readonly state: "going" | "all" | "more" | "stopped";
  readonly error: unknown;
}

const NOTHING: Found = { items: [], state: "going", error: undefined };

/** Names below a folder. What is in the folder itself stands there while the rest is looked for. */
export function Search({
  place,
  folder,
  words,
  hidden,
  hrefOf,
  onClose,
}: {
  readonly place: Place;
  readonly folder: string;
  readonly words: string;
  readonly hidden: boolean;
  readonly hrefOf: (entry: Entry) => string;
  readonly onClose: () => void;
}) {
  const [found, setFound] = useState<Found>(NOTHING);
  const stop = useRef<AbortController>(undefined);
  const { cluster, as } = place;
  useEffect(() => {
    const over = new AbortController();
    stop.current = over;
    setFound(NOTHING);
    void find({ cluster, as }, { folder, words, hidden }, over.signal, setFound);
    return () => over.abort();
  }, [cluster, as, folder, words, hidden]);
  const said = text.files.search;
  const { items, state, error } = found;
  return (
    <section aria-label={said.title(shownName(folder))} className="files-search">
      <div className="files-search-head">
        <div role="status">
          <StatusIndicator type={state === "going" ? "in-progress" : "success"}>
            {state === "going" ? said.searching : said.found(items.length)}
          </StatusIndicator>{" "}
          {state === "more" && said.notAll}
          {state === "stopped" && said.stopped}
          {state === "going" && items.length > 0 && said.found(items.length)}
        </div>
        <div>
          {state === "going" && (
            <Button
              onClick={() => {
                stop.current?.abort();
                setFound((was) => ({ ...was, state: "stopped" }));
              }}
            >
              {said.stop}
            </Button>
          )}
          <Button variant="link" onClick={onClose}>
            {said.close}
          </Button>
        </div>
      </div>
      {error !== undefined && <Failure error={error} />}
      {state !== "going" && items.length === 0 && error === undefined && (
        <Empty title={said.none} />
      )}
      <ul>
        {items.map((entry) => (
          <li key={entry.path}>
            <Icon
              name={isFolder(entry) ? "folder" : "file"}
              ariaLabel={text.files.kinds[entry.kind]}
            />
            <a href={hrefOf(entry)}>{shownName(entry.name)}</a>
            <Box variant="small" color="text-body-secondary">
              {shownName(parentOf(entry.path))}
            </Box>
            <span className="numbers">{isFolder(entry) ? "" : bytes(entry.size)}</span>
            <When at={entry.modified} />
          </li>
        ))}
      </ul>
    </section>
  );
}

async function find(
  place: Place,
  { folder, words, hidden }: { folder: string; words: string; hidden: boolean },
  signal: AbortSignal,
  tell: (found: Found) => void,
): Promise<void> {
  const params = { cluster: place.cluster };
  try {
    const here = await server.call(ROUTES.listFiles, {
      params,
      query: { path: folder, contains: words, hidden: `${hidden}`, limit: 100, ...whose(place) },
      signal,
    });
    tell({ items: here.items, state: "going", error: undefined });
    for (const limit of LIMITS) {
      const { items, complete } = await server.call(ROUTES.searchFiles, {
        params,
        query: { path: folder, text: words, limit, ...whose(place) },
        signal,
      });
      const isEnd = complete || limit === LIMITS.at(-1);
      tell({ items, state: complete ? "all" : isEnd ? "more" : "going", error: undefined });
      if (isEnd) return;
    }
  } catch (error) {
    if (!signal.aborted) tell({ items: [], state: "all", error });
  }
}
