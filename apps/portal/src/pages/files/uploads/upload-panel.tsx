import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, {
  type StatusIndicatorProps,
} from "@cloudscape-design/components/status-indicator";
import { type JsonOf, ROUTES } from "@sluice/api";
import { useRef, useState } from "react";
import { text } from "../../../catalogue/index.ts";
import { bytes, duration } from "../../../frame/format.ts";
import { notifyError } from "../../../frame/notices.tsx";
import { useRead } from "../../../frame/queries.ts";
import { nameOf, parentOf, shownName } from "../paths.ts";
import { type Place, whose } from "../place.ts";
import type { UploadItem, UploadState } from "./queue.ts";
import { fitOf, giveUp, idOf, type Unfinished, uploads, useUploads } from "./site-queue.ts";
import "./upload-panel.css";

/** Uploads that are drawn; of more, those that are not done come first. */
const MOST_SHOWN = 50;

const SIGNS: Readonly<Record<UploadState, StatusIndicatorProps.Type>> = {
  waiting: "pending",
  sending: "in-progress",
  paused: "stopped",
  cut: "warning",
  taken: "warning",
  done: "success",
  failed: "error",
};

/** The uploads of this page, and those that some page left behind. */
export function UploadPanel({ place }: { readonly place: Place }) {
  const items = useUploads();
  const said = text.files.uploads;
  const done = items.filter(({ state }) => state === "done").length;
  const going = items.filter(({ state }) => ["waiting", "sending", "cut"].includes(state));
  const paused = items.filter(({ state }) => state === "paused");
  const shown = [...items]
    .sort((one, other) => Number(one.state === "done") - Number(other.state === "done"))
    .slice(0, MOST_SHOWN);
  return (
    <>
      {items.length > 0 && (
        <div className={done < items.length ? "uploads-going" : undefined}>
          <Container
            header={
              <Header
                variant="h2"
                counter={`(${said.summary(done, items.length)})`}
                actions={
                  <SpaceBetween direction="horizontal" size="xs">
                    {going.length > 0 && (
                      <Button onClick={() => pauseAll(going)}>{said.pauseAll}</Button>
                    )}
                    {going.length === 0 && paused.length > 0 && (
                      <Button onClick={() => resumeAll(paused)}>{said.resumeAll}</Button>
                    )}
                    {done > 0 && <Button onClick={() => uploads.clearDone()}>{said.clear}</Button>}
                  </SpaceBetween>
                }
              >
                {said.title}
              </Header>
            }
          >
            <ul className="uploads">
              {shown.map((item) => (
                <Item key={item.id} item={item} />
              ))}
            </ul>
          </Container>
        </div>
      )}
      <UnfinishedUploads place={place} />
    </>
  );
}

function pauseAll(items: readonly UploadItem[]): void {
  for (const { id } of items) uploads.pause(id);
}

function resumeAll(items: readonly UploadItem[]): void {
  for (const { id } of items) uploads.resume(id);
}

function Item({ item }: { readonly item: UploadItem }) {
  const { path, size, sent, state, speed, error } = item;
  const said = text.files.uploads;
  const name = shownName(nameOf(path));
  const isShort = state === "done";
  const details = [
    said.of(bytes(sent), bytes(size)),
    ...(speed === undefined ? [] : [said.speed(bytes(speed))]),
    ...(speed === undefined || speed === 0 ? [] : [said.left(duration((size - sent) / speed))]),
  ];
  return (
    <li>
      <div className="uploads-name">
        <b>{name}</b> <Box variant="small">{said.to(shownName(parentOf(path)))}</Box>
      </div>
      <div className="uploads-state">
        <StatusIndicator type={SIGNS[state]}>{said.states[state]}</StatusIndicator>
        {error.map((line) => (
          <Box key={line} variant="small">
            {line}
          </Box>
        ))}
      </div>
      {!isShort && (
        <div className="uploads-bar">
          <ProgressBar
            value={size === 0 ? 0 : (100 * sent) / size}
            ariaLabel={said.progress(name)}
            additionalInfo={details.join(", ")}
          />
        </div>
      )}
      {!isShort && (
        <div className="uploads-actions">
          <Controls item={item} />
        </div>
      )}
    </li>
  );
}

function Controls({ item: { id, state } }: { readonly item: UploadItem }) {
  const said = text.files.uploads;
  if (state === "taken") {
    return (
      <>
        <Button onClick={() => uploads.decide(id, "keep")}>{said.keep}</Button>
        <Button onClick={() => uploads.decide(id, "replace")}>{said.replace}</Button>
        <Button variant="link" onClick={() => uploads.decide(id, "skip")}>
          {said.skip}
        </Button>
      </>
    );
  }
  const isGoing = state !== "paused" && state !== "failed";
  return (
    <>
      {isGoing ? (
        <Button onClick={() => uploads.pause(id)}>{said.pause}</Button>
      ) : (
        <Button onClick={() => uploads.resume(id)}>
          {state === "failed" ? said.retry : said.resume}
        </Button>
      )}
      <Button variant="link" onClick={() => uploads.cancel(id)}>
        {said.cancel}
      </Button>
    </>
  );
}

function UnfinishedUploads({ place }: { readonly place: Place }) {
  const { cluster } = place;
  useUploads();
  const { data } = useRead(
    ROUTES.listUploads,
    { params: { cluster }, query: whose(place) },
    { staleTime: 30_000 },
  );
  const said = text.files.uploads;
  const running = new Set([...uploads.locations].map(idOf));
  const done = new Set(uploads.items.map(({ path }) => path));
  const left = itemsOf(data).filter(({ id, path }) => !running.has(id) && !done.has(path));
  if (left.length === 0) return null;
  return (
    <Container
      header={
        <Header variant="h2" description={said.unfinishedMore} counter={`(${left.length})`}>
          {said.unfinished}
        </Header>
      }
    >
      <ul className="uploads">
        {left.slice(0, MOST_SHOWN).map((upload) => (
          <LeftBehind key={upload.id} place={place} upload={upload} />
        ))}
      </ul>
    </Container>
  );
}

const itemsOf = (data: JsonOf<typeof ROUTES.listUploads> | undefined): readonly Unfinished[] =>
  data?.items ?? [];

function LeftBehind({ place, upload }: { readonly place: Place; readonly upload: Unfinished }) {
  const { path, offset, length, location } = upload;
  const input = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState<string>();
  const said = text.files.uploads;
  const name = shownName(nameOf(path));
  const take = (file: File | undefined): void => {
    if (file === undefined) return;
    const fit = fitOf(upload, file);
    if (fit === "fits") uploads.add(file, place, path, location);
    else setWrong(fit === "other" ? said.otherFile(name, bytes(length)) : said.changed(name));
  };
  return (
    <li>
      <div className="uploads-name">
        <b>{name}</b> <Box variant="small">{said.to(shownName(parentOf(path)))}</Box>
      </div>
      <div className="uploads-state">
        {wrong !== undefined && <StatusIndicator type="error">{wrong}</StatusIndicator>}
      </div>
      <div className="uploads-bar">
        <ProgressBar
          value={length === 0 ? 0 : (100 * offset) / length}
          ariaLabel={said.progress(name)}
          additionalInfo={said.of(bytes(offset), bytes(length))}
        />
      </div>
      <div className="uploads-actions">
        <input
          ref={input}
          type="file"
          hidden
          onChange={({ target }) => {
            take(target.files?.[0]);
            target.value = "";
          }}
        />
        <Button ariaLabel={`${said.goOn}: ${name}`} onClick={() => input.current?.click()}>
          {said.goOn}
        </Button>
        <Button
          variant="link"
          ariaLabel={`${said.giveUp}: ${name}`}
          onClick={() => void giveUp(place, location).catch(notifyError)}
        >
          {said.giveUp}
        </Button>
      </div>
    </li>
  );
}
