import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import { lazy, Suspense, useRef, useState } from "react";
import { text } from "../../catalogue/index.ts";
import type { ControlProps } from "./field-control.tsx";
import { FileItems, isInput } from "./file-items.tsx";
import { useFormPlace } from "./place.ts";

const FileChooser = lazy(() => import("../file-chooser/file-chooser.tsx"));
const WriteFile = lazy(() => import("./write-file.tsx"));

type Open = { readonly kind: "choose" } | { readonly kind: "write"; readonly path?: string };

/**
 * Files and folders of a run: uploaded for it, written here, chosen on the cluster, or named by their
 * path.
 */
export function FileControl({ field, value, onChange }: ControlProps) {
  const { files, cluster } = useFormPlace();
  const [open, setOpen] = useState<Open>();
  const [isOver, setOver] = useState(false);
  const [path, setPath] = useState("");
  const picker = useRef<HTMLInputElement>(null);
  const said = text.submit.file;
  const isFolder = field.type === "folder";
  const list = pathsOf(value);
  const latest = useRef(list);
  latest.current = list;
  const set = (next: readonly string[]): void => onChange(field.isList ? next : (next[0] ?? ""));
  const add = (paths: readonly string[]): void =>
    set(field.isList ? [...new Set([...latest.current, ...paths])] : paths.slice(0, 1));
  const upload = (chosen: readonly File[], isOver = false): void => {
    for (const file of field.isList ? chosen : chosen.slice(0, 1)) {
      files?.upload({ field: field.name, file, isOver, onDone: (there) => add([there]) });
    }
  };
  const only = list[0] ?? "";
  // One path is written where it stands; of several, each is added.
  const isWritten = !field.isList && !isInput(only, files?.earlier);
  const mayUpload = files !== undefined && !isFolder;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button beside it does the same
    <div
      className="file-field"
      data-over={isOver}
      onDragOver={(event) => {
        if (!mayUpload || !event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false);
        if (!mayUpload) return;
        event.preventDefault();
        upload([...event.dataTransfer.files]);
      }}
    >
      <FileItems
        field={field}
        paths={isWritten ? [] : list}
        onRemove={(gone) => set(list.filter((one) => one !== gone))}
        onEdit={(one) => setOpen({ kind: "write", path: one })}
      />
      <div className="file-field-row">
        {(field.isList || isWritten) && (
          <div className="file-path">
            <Input
              value={field.isList ? path : only}
              placeholder={
                field.placeholder ??
                (isFolder || !mayUpload
                  ? said.folderPath
                  : field.isList
                    ? said.morePaths
                    : said.path)
              }
              ariaRequired={field.required}
              {...(field.isList ? { ariaLabel: said.morePaths } : {})}
              autoComplete={false}
              spellcheck={false}
              onChange={({ detail }) =>
                field.isList ? setPath(detail.value) : set([detail.value])
              }
              onKeyDown={(event) => {
                if (!field.isList || event.detail.key !== "Enter" || path === "") return;
                event.preventDefault();
                add([path]);
                setPath("");
              }}
            />
          </div>
        )}
        {field.isList && path !== "" && (
          <Button
            onClick={() => {
              add([path]);
              setPath("");
            }}
          >
            {said.add}
          </Button>
        )}
        {files !== undefined && (
          <Button disabled={cluster === undefined} onClick={() => setOpen({ kind: "choose" })}>
            {said.choose}
          </Button>
        )}
        {mayUpload && <Button onClick={() => picker.current?.click()}>{said.upload}</Button>}
        {mayUpload && <Button onClick={() => setOpen({ kind: "write" })}>{said.write}</Button>}
      </div>
      {mayUpload && (
        <input
          ref={picker}
          type="file"
          hidden
          aria-label={field.label}
          multiple={field.isList}
          onChange={({ target }) => {
            upload([...(target.files ?? [])]);
            target.value = "";
          }}
        />
      )}
      <Suspense>
        {open?.kind === "choose" && cluster !== undefined && (
          <FileChooser
            cluster={cluster}
            selects={isFolder ? "folder" : field.isList ? "files" : "file"}
            {...(only.startsWith("/") ? { near: only } : {})}
            onChoose={add}
            onClose={() => setOpen(undefined)}
          />
        )}
        {open?.kind === "write" && files !== undefined && (
          <WriteFile
            {...(open.path === undefined
              ? {}
              : {
                  name: open.path.slice("inputs/".length),
                  read: () => files.read(open.path ?? ""),
                })}
            fieldName={field.name}
            onWrite={(file) => upload([file], open.path !== undefined)}
            onClose={() => setOpen(undefined)}
          />
        )}
      </Suspense>
    </div>
  );
}

function pathsOf(value: ControlProps["value"]): readonly string[] {
  if (typeof value === "object") return value;
  return typeof value === "string" && value !== "" ? [value] : [];
}
