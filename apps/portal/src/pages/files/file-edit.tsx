import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ProblemError, ROUTES } from "@sluice/api";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { bytes } from "../../frame/format.ts";
import { LeaveGuard } from "../../frame/leave-guard.tsx";
import { notifySuccess } from "../../frame/notices.tsx";
import { queryClient, readAgain, statusOf } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import { Empty, Failure, Read } from "../../frame/states.tsx";
import { Editor } from "../../parts/editor/editor.tsx";
import { languageOfFile } from "../../parts/editor/language-of-file.ts";
import { readBeginning } from "../../parts/preview/bounded.ts";
import { nameOf, shownName } from "./paths.ts";
import { type Place, whose } from "./place.ts";

const DiffView = lazy(async () => {
  const { DiffView: component } = await import("../../parts/editor/diff-view.tsx");
  return { default: component };
});

/** Bytes of a file that is edited here. */
const MOST = 2 * 1024 * 1024;

/** A file as it was read; undefined: what can't be edited here. */
type Opened =
  | { readonly kind: "text"; readonly content: string; readonly etag: string }
  | { readonly kind: "tooLarge" | "notText" };

/** A text file, changed and saved only over what it was when it was read. */
export function FileEdit({
  place,
  path,
  onClose,
}: {
  readonly place: Place;
  readonly path: string;
  readonly onClose: () => void;
}) {
  const { cluster } = place;
  const opened = useQuery<Opened>({
    queryKey: ["edit", place, path],
    queryFn: ({ signal }) => openText(place, path, signal),
    // What is being edited is not read anew under the cursor.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const said = text.files.view;
  return (
    <Read from={opened}>
      {(found) =>
        found.kind === "text" ? (
          <TextEdit
            key={`${cluster} ${path}`}
            place={place}
            path={path}
            opened={found}
            onClose={onClose}
          />
        ) : (
          <Empty
            title={found.kind === "tooLarge" ? said.editTooLarge(bytes(MOST)) : said.notText}
            action={<Button onClick={onClose}>{said.stop}</Button>}
          />
        )
      }
    </Read>
  );
}

interface Text {
  readonly content: string;
  readonly etag: string;
}

function TextEdit({
  place,
  path,
  opened,
  onClose,
}: {
  readonly place: Place;
  readonly path: string;
  readonly opened: Text;
  readonly onClose: () => void;
}) {
  const [saved, setSaved] = useState<Text>(opened);
  const [value, setValue] = useState(opened.content);
  const [theirs, setTheirs] = useState<Text | "gone">();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const said = text.files.view;
  const name = nameOf(path);
  const isChanged = value !== saved.content;
  const save = async (over: Text | "gone"): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const { etag } = await server.call(ROUTES.writeFile, {
        params: { cluster: place.cluster },
        query: { path, ...whose(place) },
        content: value,
        headers: over === "gone" ? {} : { "if-match": `"${over.etag}"` },
      });
      setSaved({ content: value, etag });
      setTheirs(undefined);
      notifySuccess(said.saved);
      await readAgain(queryClient, [ROUTES.getFile, ROUTES.listFiles]);
    } catch (refused) {
      if (isAnothers(refused)) await look(refused);
      else setError(refused);
    } finally {
      setBusy(false);
    }
  };
  const look = async (refused: unknown): Promise<void> => {
    try {
      const now = await openText(place, path, new AbortController().signal);
      if (now.kind === "text") setTheirs(now);
      else setError(refused);
    } catch (gone) {
      if (statusOf(gone) === 404) setTheirs("gone");
      else setError(gone);
    }
  };
  return (
    <SpaceBetween size="m">
      {theirs !== undefined && (
        <Alert
          type="warning"
          header={said.changed}
          action={
            <SpaceBetween direction="horizontal" size="xs">
              {theirs !== "gone" && (
                <Button
                  onClick={() => {
                    setSaved(theirs);
                    setValue(theirs.content);
                    setTheirs(undefined);
                  }}
                >
                  {said.theirs}
                </Button>
              )}
              <Button loading={isBusy} onClick={() => void save(theirs)}>
                {said.mine}
              </Button>
            </SpaceBetween>
          }
        >
          {theirs === "gone" ? said.gone : said.changedMore}
        </Alert>
      )}
      {theirs !== undefined && theirs !== "gone" && (
        <div>
          <Box variant="h3">{said.difference}</Box>
          <Suspense fallback={null}>
            <DiffView before={theirs.content} after={value} label={said.difference} />
          </Suspense>
        </div>
      )}
      {error !== undefined && <Failure error={error} />}
      <Editor
        label={shownName(name)}
        value={value}
        onChange={setValue}
        language={languageOfFile(name, opened.content.slice(0, 200).split("\n", 1)[0])}
        minHeight="50vh"
        maxHeight="70vh"
        onSave={() => isChanged && !isBusy && void save(theirs ?? saved)}
      />
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <Button
          variant="primary"
          disabled={!isChanged || theirs !== undefined}
          loading={isBusy}
          onClick={() => void save(saved)}
        >
          {said.save}
        </Button>
        <Button onClick={onClose}>{said.stop}</Button>
        <Box color="text-status-inactive">
          <span role="status">{isChanged ? said.unsaved : ""}</span>
        </Box>
      </SpaceBetween>
      <LeaveGuard isNeeded={isChanged} />
    </SpaceBetween>
  );
}

/** It is not what was read: changed, removed, or there again. */
function isAnothers(error: unknown): error is ProblemError {
  return [404, 409, 412].includes(statusOf(error) ?? 0);
}

async function openText(place: Place, path: string, signal: AbortSignal): Promise<Opened> {
  const response = await server.stream(ROUTES.downloadFile, {
    params: { cluster: place.cluster },
    query: { path, ...whose(place) },
    signal,
  });
  const { bytes: content, isWhole } = await readBeginning(response.body, MOST);
  if (!isWhole) return { kind: "tooLarge" };
  try {
    // A mark at its beginning is a part of the file, and stays.
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const etag = (response.headers.get("etag") ?? "").replaceAll('"', "");
    return { kind: "text", content: decoder.decode(content), etag };
  } catch {
    return { kind: "notText" };
  }
}
