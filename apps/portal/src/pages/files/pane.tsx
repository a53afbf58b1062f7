import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import TextFilter from "@cloudscape-design/components/text-filter";
import { type DragEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Navigate } from "react-router";
import { text } from "../../catalogue/index.ts";
import { submitHref } from "../../frame/addresses.ts";
import { Confirm } from "../../frame/confirm.tsx";
import { bytes } from "../../frame/format.ts";
import { notify, notifyError, notifySuccess } from "../../frame/notices.tsx";
import { statusOf } from "../../frame/queries.ts";
import { useMay } from "../../frame/session.tsx";
import { useSettled } from "../../frame/settled.ts";
import { Empty, errorSentences, Failure, Loading, NotFound } from "../../frame/states.tsx";
import { type Choice, choose, NO_CHOICE, stillThere } from "./choice.ts";
import { DRAG_TYPE, dragged, hold, isHeldAs, useHeld } from "./clipboard.ts";
import { type FileCommand, FileList } from "./file-list.tsx";
import { type SortKey, useFolder } from "./folder.ts";
import { NameBar, type Naming } from "./name-bar.tsx";
import { nameEntry } from "./name-entry.ts";
import { actionsOn } from "./pane-actions.ts";
import { Where } from "./pane-where.tsx";
import { inFolder, nameOf, parentOf, type Root, shownName, stepsTo } from "./paths.ts";
import {
  archiveUrl,
  download,
  downloadUrl,
  type Entry,
  isFolder,
  isSamePlace,
  MOST_IN_ARCHIVE,
  type Place,
} from "./place.ts";
import { RemoveQuestion } from "./remove-question.tsx";
import { Search } from "./search.tsx";
import { type Carried, carryInto, removeEntries } from "./transfers.ts";
import { chosenFiles, droppedFiles } from "./uploads/dropped.ts";
import { uploadInto } from "./uploads/site-queue.ts";
import "./pane.css";

/** Above this the server sorts by name only. */
const MOST_SORTED = 20_000;
/** Milliseconds after the last letter before it is looked for. */
const TYPING = 250;

export interface PaneProps {
  readonly label: string;
  readonly place: Place;
  readonly roots: readonly Root[];
  readonly path: string;
  /** The other pane's folder, where there are two. */
  readonly across: string | undefined;
  readonly hidden: boolean;
  /** The address of the page with this pane in that folder, or showing that file. */
  readonly hrefOf: (path: string, isFolder: boolean, edit?: boolean) => string;
  readonly go: (href: string) => void;
}

async function copyPaths(paths: readonly string[]): Promise<void> {
  try {
    // Where the page did not come by TLS, there is no clipboard.
    await navigator.clipboard.writeText(paths.join("\n"));
    notifySuccess(text.files.pathCopied);
  } catch {
    notify({ type: "error", content: text.frame.actions.notCopied });
  }
}

/** One folder: where it is, what is in it, and what can be done with that. */
export function Pane(props: PaneProps) {
  const { place, roots, path, across, hidden, hrefOf, go } = props;
  const { cluster } = place;
  const mayWrite = useMay("user", cluster);
  const [sorting, setSorting] = useState({ sort: "name" as SortKey, isDescending: false });
  const [words, setWords] = useState("");
  const settled = useSettled(words, TYPING);
  const contains = words === "" ? "" : settled;
  const [searched, setSearched] = useState<string>();
  const [choice, setChoice] = useState<Choice>(NO_CHOICE);
  const [naming, setNaming] = useState<Naming>();
  const [removing, setRemoving] = useState<readonly Entry[]>();
  const held = useHeld();
  const filesInput = useRef<HTMLInputElement>(null);
  const folderInput = useRef<HTMLInputElement>(null);
  const here = useRef<HTMLDivElement>(null);
  const cameFrom = useRef<string>(undefined);
  const question = { ...place, ...sorting, path, hidden, contains };
  const { reading, entries, total } = useFolder(question);
  const { data, error, isPending, isPlaceholderData, hasNextPage, isFetchingNextPage } = reading;
  const { fetchNextPage } = reading;
  const said = text.files;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another folder begins anew
  useEffect(() => {
    setChoice(NO_CHOICE);
    setWords("");
    setSearched(undefined);
    setNaming(undefined);
  }, [cluster, path]);
  const list = useMemo(
    () => ({ length: entries.length, nameAt: (at: number) => entries[at]?.name }),
    [entries],
  );
  useEffect(() => {
    if (isPlaceholderData) return;
    const left = cameFrom.current;
    const at = left === undefined ? -1 : entries.findIndex(({ name }) => name === left);
    if (at !== -1) {
      cameFrom.current = undefined;
      setChoice(choose(NO_CHOICE, list, at, "only"));
    } else setChoice((old) => stillThere(old, list));
  }, [entries, list, isPlaceholderData]);
  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);

  const chosen = useMemo(
    () => entries.filter(({ name }) => choice.names.has(name)),
    [entries, choice.names],
  );
  const [only] = chosen.length === 1 ? chosen : [];
  const paths = chosen.map((entry) => entry.path);
  const focusList = (): void => here.current?.querySelector<HTMLElement>("[role=grid]")?.focus();

  const open = (entry: Entry | undefined): void => {
    if (entry === undefined || entry.kind === "other") return;
    go(hrefOf(entry.path, isFolder(entry)));
  };
  const up = (): void => {
    if (stepsTo(path, roots).length < 2) return;
    cameFrom.current = nameOf(path);
    go(hrefOf(parentOf(path), true));
  };
  const take = (isCut: boolean): void =>
    hold(chosen.length === 0 ? undefined : { place, things: chosen.map(carried), isCut });
  const put = (): void => {
    if (held === undefined || !isSamePlace(held.place, place)) return;
    void carryInto(place, held.isCut ? "move" : "copy", held.things, path);
    if (held.isCut) hold(undefined);
  };
  const rename = (entry: Entry | undefined): void =>
    entry && setNaming({ kind: "rename", name: entry.name });
  const command = (what: FileCommand, at: Entry | undefined): void => {
    if (what === "open") open(at);
    else if (what === "up") up();
    else if (what === "copy") take(false);
    else if (!mayWrite) return;
    else if (what === "rename") rename(only ?? at);
    else if (what === "remove") setRemoving(chosen.length > 0 ? chosen : undefined);
    else if (what === "cut") take(true);
    else put();
  };
  const name = async (to: string): Promise<void> => {
    if (naming === undefined) return;
    await nameEntry(place, path, naming, to);
    if (naming.kind === "file") go(hrefOf(inFolder(path, to), false, true));
    else cameFrom.current = to;
  };

  const fetchAs = (format: "tar.gz" | "zip"): void => {
    if (paths.length > MOST_IN_ARCHIVE) {
      notify({ type: "warning", content: said.tooMany(MOST_IN_ARCHIVE) });
    } else download(archiveUrl(place, paths, format));
  };
  const act = (id: string): void => {
    if (id === "open") open(only);
    else if (id === "edit" && only !== undefined) go(hrefOf(only.path, false, true));
    else if (id === "submit" && only !== undefined) go(submitHref({ cluster, file: only.path }));
    else if (id === "download" && only !== undefined) download(downloadUrl(place, only.path));
    else if (id === "tar.gz" || id === "zip") fetchAs(id);
    else if (id === "rename") rename(only);
    else if (id === "copy" || id === "cut") take(id === "cut");
    else if (id === "remove") setRemoving(chosen);
    else if (id === "path") void copyPaths(paths);
    else if (across !== undefined) {
      void carryInto(place, id === "copyAcross" ? "copy" : "move", chosen.map(carried), across);
    }
  };

  const mayDrop = ({ dataTransfer }: DragEvent, into: Entry | undefined): boolean => {
    if (!mayWrite) return false;
    const { types } = dataTransfer;
    if (types.includes("Files")) return true;
    const { now } = dragged;
    if (!types.includes(DRAG_TYPE) || now === undefined || !isSamePlace(now.place, place)) {
      return false;
    }
    const target = into?.path ?? path;
    return now.things.every((one) => one.path !== target && parentOf(one.path) !== target);
  };
  const drop = (event: DragEvent, into: Entry | undefined): void => {
    const target = into?.path ?? path;
    const { now } = dragged;
    if (event.dataTransfer.types.includes("Files")) {
      void droppedFiles(event.dataTransfer)
        .then((dropped) => uploadInto(place, target, dropped))
        .catch(notifyError);
    } else if (now !== undefined) {
      void carryInto(place, event.ctrlKey ? "copy" : "move", now.things, target);
    }
    dragged.now = undefined;
  };
  const drag = (event: DragEvent, entry: Entry): void => {
    const some = choice.names.has(entry.name) ? chosen : [entry];
    dragged.now = { place, things: some.map(carried), isCut: true };
    event.dataTransfer.setData(DRAG_TYPE, "");
    event.dataTransfer.effectAllowed = "copyMove";
  };
  const chooseFiles = (input: HTMLInputElement): void => {
    const dropped = chosenFiles(input.files ?? []);
    input.value = "";
    void uploadInto(place, path, dropped).catch(notifyError);
  };

  const canPaste = held !== undefined && isSamePlace(held.place, place) && mayWrite;
  const size = chosen.reduce((sum, entry) => sum + (isFolder(entry) ? 0 : entry.size), 0);
  const refusal = statusOf(error);
  // An address that names a file shows it.
  const isNoFolder = data === undefined && refusal === 422 && sorting.sort === "name";
  return (
    <section className="pane" aria-label={props.label} ref={here}>
      <Where {...props} onUp={up} />
      <div className="pane-tools">
        <TextFilter
          filteringText={words}
          filteringAriaLabel={said.find}
          filteringPlaceholder={said.find}
          onChange={({ detail }) => {
            setWords(detail.filteringText);
            setSearched(undefined);
          }}
        />
        {words !== "" && <Button onClick={() => setSearched(words)}>{said.findBelow}</Button>}
        {mayWrite && (
          <>
            <ButtonDropdown
              items={[
                { id: "files", text: said.actions.uploadFiles },
                { id: "folder", text: said.actions.uploadFolder },
              ]}
              onItemClick={({ detail }) =>
                (detail.id === "files" ? filesInput : folderInput).current?.click()
              }
            >
              {said.actions.upload}
            </ButtonDropdown>
            <ButtonDropdown
              items={[
                { id: "folder", text: said.actions.makeFolder },
                { id: "file", text: said.actions.makeFile },
              ]}
              onItemClick={({ detail }) =>
                setNaming({ kind: detail.id === "file" ? "file" : "folder", name: "" })
              }
            >
              {said.actions.make}
            </ButtonDropdown>
          </>
        )}
        <ButtonDropdown
          disabled={chosen.length === 0}
          items={actionsOn(chosen, {
            ...{ mayWrite, hasAcross: across !== undefined },
            // A form is filled in as oneself.
            maySubmit: mayWrite && place.as === undefined,
          })}
          onItemClick={({ detail }) => act(detail.id)}
        >
          {said.actions.more}
        </ButtonDropdown>
        {canPaste && (
          <>
            <Button onClick={put}>{said.actions.paste(held.things.length)}</Button>
            <Button
              iconName="close"
              variant="icon"
              ariaLabel={said.actions.forget}
              onClick={() => hold(undefined)}
            />
          </>
        )}
      </div>
      <input
        ref={filesInput}
        type="file"
        multiple
        hidden
        onChange={({ target }) => chooseFiles(target)}
      />
      <input
        ref={folderInput}
        type="file"
        multiple
        hidden
        {...{ webkitdirectory: "" }}
        onChange={({ target }) => chooseFiles(target)}
      />
      {naming !== undefined && (
        <NameBar
          key={`${naming.kind} ${naming.name}`}
          naming={naming}
          onName={name}
          onClose={() => {
            setNaming(undefined);
            focusList();
          }}
        />
      )}
      {searched !== undefined ? (
        <Search
          place={place}
          folder={path}
          words={searched}
          hidden={hidden}
          hrefOf={(entry) => hrefOf(entry.path, isFolder(entry))}
          onClose={() => setSearched(undefined)}
        />
      ) : isPending ? (
        <div className="files">
          <Loading />
        </div>
      ) : data === undefined && refusal === 404 ? (
        <NotFound />
      ) : data === undefined && refusal === 403 ? (
        <Empty title={text.frame.states.forbidden} more={errorSentences(error).join(" ")} />
      ) : isNoFolder ? (
        <Navigate replace to={hrefOf(path, false)} />
      ) : data === undefined ? (
        <Failure error={error} again={() => void reading.refetch()} />
      ) : (
        <>
          <FileList
            label={shownName(path)}
            entries={entries}
            total={total}
            hasMore={hasNextPage}
            onMore={more}
            isOld={isPlaceholderData}
            hrefOf={(entry) => hrefOf(entry.path, isFolder(entry))}
            choice={choice}
            onChoice={setChoice}
            {...sorting}
            canSort={(total ?? 0) <= MOST_SORTED}
            onSort={(by) =>
              setSorting((old) => ({
                sort: by,
                isDescending: old.sort === by ? !old.isDescending : by !== "name",
              }))
            }
            isCut={(entry) => isHeldAs(held, place, entry)}
            onCommand={command}
            onDrag={drag}
            mayDrop={mayDrop}
            onDrop={drop}
          />
          <div className="pane-foot" role="status">
            <span>{total !== undefined && said.entries(total)}</span>
            <span>{chosen.length > 0 && said.chosen(chosen.length, bytes(size))}</span>
          </div>
          {entries.length === 0 && !isPlaceholderData && (
            <div className="pane-empty">
              <Empty
                title={contains === "" ? said.empty : text.frame.states.noMatch}
                more={contains === "" && mayWrite ? said.emptyMore : undefined}
              />
            </div>
          )}
        </>
      )}
      {removing !== undefined && (
        <Confirm
          title={
            removing.length === 1
              ? said.remove.one(shownName(removing[0]?.name ?? ""))
              : said.remove.title(removing.length)
          }
          action={said.actions.remove}
          onConfirm={async () => {
            void removeEntries(place, removing);
          }}
          onClose={() => {
            setRemoving(undefined);
            focusList();
          }}
        >
          <RemoveQuestion entries={removing} />
        </Confirm>
      )}
    </section>
  );
}

const carried = (entry: Entry): Carried => ({
  path: entry.path,
  isFolder: entry.kind === "folder",
});
