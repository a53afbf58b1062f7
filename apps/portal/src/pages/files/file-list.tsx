// biome-ignore-all lint/a11y/useSemanticElements: a table has all of its rows, and this draws those that are seen
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names its row
import Icon from "@cloudscape-design/components/icon";
import {
  type DragEvent,
  type KeyboardEvent,
  type MouseEvent,
  memo,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { text } from "../../catalogue/index.ts";
import { bytes } from "../../frame/format.ts";
import { When } from "../../frame/when.tsx";
import { type Choice, choose, chooseAll, rowThatBegins } from "./choice.ts";
import type { SortKey } from "./folder.ts";
import { commandOf, type ListCommand } from "./list-keys.ts";
import { shownName } from "./paths.ts";
import { permissions } from "./permissions.ts";
import { type Entry, isFolder } from "./place.ts";
import "./file-list.css";

/** Pixels of a row; `file-list.css` has the same. */
const ROW = 36;
/** Rows that are drawn beyond those that are seen, and before whose end the next are asked for. */
const BEYOND = 12;
const AHEAD = 2_000;
/** Browsers draw nothing that is taller than some 17 million pixels. */
const MOST_ROWS = 450_000;
/** Milliseconds in which letters are one word. */
const TYPING = 800;

export type FileCommand = Exclude<ListCommand["kind"], "go" | "all" | "none" | "type" | "toggle">;

export interface FileListProps {
  readonly label: string;
  readonly entries: readonly Entry[];
  /** Of the whole folder. */
  readonly total: number | undefined;
  readonly hasMore: boolean;
  readonly onMore: () => void;
  /** Another folder's, until this one's are there. */
  readonly isOld: boolean;
  readonly hrefOf: (entry: Entry) => string;
  readonly choice: Choice;
  readonly onChoice: (choice: Choice) => void;
  readonly sort: SortKey;
  readonly isDescending: boolean;
  readonly canSort: boolean;
  readonly onSort: (by: SortKey) => void;
  readonly isCut: (entry: Entry) => boolean;
  readonly onCommand: (command: FileCommand, at: Entry | undefined) => void;
  readonly onDrag: (event: DragEvent, entry: Entry) => void;
  /** Whether this may be dropped, here or into a folder that is seen here. */
  readonly mayDrop: (event: DragEvent, into: Entry | undefined) => boolean;
  readonly onDrop: (event: DragEvent, into: Entry | undefined) => void;
}

/** The entries of a folder of any length: only rows that are seen are drawn. */
export function FileList(props: FileListProps) {
  const { entries, choice, hasMore, onMore, total, isOld } = props;
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const [dropInto, setDropInto] = useState<number | "folder">();
  const typed = useRef({ word: "", at: 0 });
  const list = { length: entries.length, nameAt: (at: number) => entries[at]?.name };
  const rows = hasMore ? Math.max(entries.length, Math.min(total ?? 0, MOST_ROWS)) : entries.length;
  const first = Math.max(0, Math.floor(view.top / ROW) - BEYOND);
  const last = Math.min(rows, Math.ceil((view.top + view.height) / ROW) + BEYOND);
  const isWaiting = last > entries.length && hasMore;

  useEffect(() => {
    if (hasMore && last > entries.length - AHEAD) onMore();
  }, [hasMore, last, entries.length, onMore]);

  useLayoutEffect(() => {
    const { current } = place;
    if (current === null) return;
    const measure = () => setView({ top: current.scrollTop, height: current.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, []);

  const showRow = useCallback((at: number) => {
    const { current } = place;
    if (current === null) return;
    const top = at * ROW;
    const seen = current.clientHeight - ROW;
    if (top < current.scrollTop) current.scrollTop = top;
    else if (top + ROW > current.scrollTop + seen) current.scrollTop = top + ROW - seen;
  }, []);
  useEffect(() => {
    if (choice.at >= 0) showRow(choice.at);
  }, [choice.at, showRow]);

  const rowOf = (target: EventTarget): number | undefined => {
    const row = (target as Element).closest<HTMLElement>("[data-at]");
    return row === null ? undefined : Number(row.dataset.at);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.target !== place.current) return;
    const page = Math.max(1, Math.floor(view.height / ROW) - 2);
    const command = commandOf(event, { at: choice.at, length: entries.length, page });
    if (command === undefined) return;
    event.preventDefault();
    if (command.kind === "go") {
      props.onChoice(choose(choice, list, command.to, command.manner));
    } else if (command.kind === "toggle") {
      props.onChoice(choose(choice, list, Math.max(0, choice.at), "toggle"));
    } else if (command.kind === "all") props.onChoice(chooseAll(choice, list));
    else if (command.kind === "none") props.onChoice({ ...choice, names: new Set() });
    else if (command.kind === "type") type(command.letter);
    else props.onCommand(command.kind, entries[choice.at]);
  };
  const type = (letter: string): void => {
    const now = performance.now();
    const isNew = now - typed.current.at > TYPING;
    const word = isNew ? letter : typed.current.word + letter;
    typed.current = { word, at: now };
    const found = rowThatBegins(list, word, Math.max(0, choice.at + (isNew ? 1 : 0)));
    if (found !== undefined) props.onChoice(choose(choice, list, found, "only"));
  };
  const click = (event: MouseEvent): void => {
    const at = rowOf(event.target);
    if (at === undefined) return;
    const target = event.target as Element;
    if (target.closest("a") !== null) return;
    const isBox = target.closest("input") !== null;
    const isToggle = isBox || event.ctrlKey || event.metaKey;
    const manner = event.shiftKey ? "stretch" : isToggle ? "toggle" : "only";
    props.onChoice(choose(choice, list, at, manner));
    place.current?.focus({ preventScroll: true });
  };
  const open = (event: MouseEvent): void => {
    const at = rowOf(event.target);
    const isRow = (event.target as Element).closest("a, input") === null;
    if (at !== undefined && isRow) props.onCommand("open", entries[at]);
  };
  const intoOf = (event: DragEvent): Entry | undefined => {
    const entry = entries[rowOf(event.target) ?? -1];
    return entry !== undefined && isFolder(entry) ? entry : undefined;
  };
  const drag = (event: DragEvent): void => {
    const entry = entries[rowOf(event.target) ?? -1];
    if (entry !== undefined) props.onDrag(event, entry);
  };
  const dragOver = (event: DragEvent): void => {
    const into = intoOf(event);
    const isInto = into !== undefined && props.mayDrop(event, into);
    if (!isInto && !props.mayDrop(event, undefined)) {
      setDropInto(undefined);
      return;
    }
    event.preventDefault();
    event.dataTransfer.dropEffect = event.ctrlKey ? "copy" : dropEffectOf(event);
    setDropInto(isInto ? rowOf(event.target) : "folder");
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setDropInto(undefined);
    const into = intoOf(event);
    const isInto = into !== undefined && props.mayDrop(event, into);
    props.onDrop(event, isInto ? into : undefined);
  };
  return (
    <div
      ref={place}
      className="files"
      role="grid"
      aria-label={props.label}
      aria-rowcount={(total ?? entries.length) + 1}
      aria-multiselectable="true"
      aria-busy={isOld}
      aria-describedby={`${id}-keys`}
      aria-activedescendant={choice.at >= 0 && !isOld ? `${id}-${choice.at}` : undefined}
      tabIndex={0}
      data-old={isOld}
      data-drop={dropInto === "folder"}
      onScroll={({ currentTarget }) =>
        setView({ top: currentTarget.scrollTop, height: currentTarget.clientHeight })
      }
      onKeyDown={press}
      onClick={click}
      onDoubleClick={open}
      onDragStart={drag}
      onDragOver={dragOver}
      onDragLeave={({ currentTarget, relatedTarget }) =>
        currentTarget.contains(relatedTarget as Node | null) || setDropInto(undefined)
      }
      onDrop={drop}
      onFocus={({ target, currentTarget }) => {
        if (target === currentTarget && choice.at < 0 && entries.length > 0) {
          props.onChoice(choose(choice, list, 0, "move"));
        }
      }}
    >
      <Heads {...props} />
      <div role="rowgroup" className="files-body" style={{ blockSize: rows * ROW }}>
        <div role="presentation" style={{ transform: `translateY(${first * ROW}px)` }}>
          {entries.slice(first, last).map((entry, index) => (
            <Row
              key={entry.name}
              id={`${id}-${first + index}`}
              at={first + index}
              entry={entry}
              href={props.hrefOf(entry)}
              isChosen={choice.names.has(entry.name)}
              isHere={choice.at === first + index}
              isCut={props.isCut(entry)}
              isTarget={dropInto === first + index}
            />
          ))}
        </div>
      </div>
      {isWaiting && (
        <div role="presentation" className="files-waiting">
          {text.files.reading(entries.length, total ?? entries.length)}
        </div>
      )}
      <span id={`${id}-keys`} className="visually-hidden">
        {text.files.keys}
      </span>
    </div>
  );
}

/** Files of the machine that one sits at are copied, entries of a pane moved. */
function dropEffectOf({ dataTransfer }: DragEvent): "copy" | "move" {
  return dataTransfer.types.includes("Files") ? "copy" : "move";
}

const HEADS: readonly (readonly [keyof typeof text.files.columns, SortKey | undefined])[] = [
  ["name", "name"],
  ["size", "size"],
  ["modified", "modified"],
  ["mode", undefined],
  ["owner", undefined],
];

function Heads({ sort, isDescending, canSort, onSort }: FileListProps) {
  const said = text.files;
  return (
    <div role="row" aria-rowindex={1} className="files-row files-heads">
      <span role="columnheader" className="files-box">
        <span className="visually-hidden">{text.frame.actions.confirm}</span>
      </span>
      {HEADS.map(([column, by]) => {
        const isSorted = sort === by;
        const direction = isSorted ? (isDescending ? "descending" : "ascending") : "none";
        const mayBe = by !== undefined && (canSort || by === "name");
        return (
          <span
            key={column}
            role="columnheader"
            className={`files-${column}`}
            aria-sort={by === undefined ? undefined : direction}
          >
            {by === undefined ? (
              said.columns[column]
            ) : (
              <button
                type="button"
                disabled={!mayBe}
                title={mayBe ? undefined : said.tooLongToSort}
                onClick={() => onSort(by)}
              >
                {said.columns[column]}
                {isSorted && <Icon name={isDescending ? "caret-down-filled" : "caret-up-filled"} />}
              </button>
            )}
          </span>
        );
      })}
    </div>
  );
}

interface RowProps {
  readonly id: string;
  readonly at: number;
  readonly entry: Entry;
  readonly href: string;
  readonly isChosen: boolean;
  readonly isHere: boolean;
  readonly isCut: boolean;
  readonly isTarget: boolean;
}

const Row = memo(function Row({ id, at, entry, href, ...is }: RowProps) {
  const said = text.files;
  const name = shownName(entry.name);
  const more = entry.kind === "link" ? linkWords(entry) : undefined;
  return (
    <div
      id={id}
      role="row"
      className="files-row"
      aria-rowindex={at + 2}
      aria-selected={is.isChosen}
      data-at={at}
      data-here={is.isHere}
      data-cut={is.isCut}
      data-target={is.isTarget}
      draggable
    >
      <span role="gridcell" className="files-box">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={is.isChosen}
          readOnly
          aria-label={text.frame.table.select(name)}
        />
      </span>
      <span role="gridcell" className="files-name">
        <Icon name={isFolder(entry) ? "folder" : "file"} ariaLabel={said.kinds[entry.kind]} />
        {entry.kind === "other" ? (
          <span className="files-text">{name}</span>
        ) : (
          <a href={href} tabIndex={-1} draggable={false} title={name}>
            {name}
          </a>
        )}
        {more !== undefined && <span className="files-more">{more}</span>}
      </span>
      <span role="gridcell" className="files-size">
        {entry.kind === "file" ? bytes(entry.size) : ""}
      </span>
      <span role="gridcell" className="files-modified">
        <When at={entry.modified} />
      </span>
      <span role="gridcell" className="files-mode">
        {permissions(entry.mode)}
      </span>
      <span role="gridcell" className="files-owner">
        {`${entry.owner}:${entry.group}`}
      </span>
    </div>
  );
});

function linkWords({ leadsTo = "", leadsToKind }: Entry): string {
  const said = text.files;
  return leadsToKind === undefined ? said.leadsNowhere : said.leadsTo(shownName(leadsTo));
}
