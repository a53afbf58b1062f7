import Button from "@cloudscape-design/components/button";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import type { ApplicationField } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { bytes } from "../../frame/format.ts";
import { errorSentences } from "../../frame/states.tsx";
import { useFormPlace } from "./place.ts";

/** Whether a path is in the run's own folder, or comes along from the run before. */
export function isInput(path: string, earlier: string | undefined): boolean {
  return path.startsWith("inputs/") || isEarlier(path, earlier);
}

function isEarlier(path: string, earlier: string | undefined): boolean {
  return earlier !== undefined && path.startsWith(`${earlier}/inputs/`);
}

/** The files that a field has, and those that are on their way to it. */
export function FileItems({
  field,
  paths,
  onRemove,
  onEdit,
}: {
  readonly field: ApplicationField;
  readonly paths: readonly string[];
  readonly onRemove: (path: string) => void;
  readonly onEdit: (path: string) => void;
}) {
  const { files } = useFormPlace();
  const said = text.submit.file;
  const uploads = files?.uploads.filter((one) => one.field === field.name) ?? [];
  if (paths.length + uploads.length === 0) return null;
  return (
    <ul className="file-list">
      {paths.map((path) => {
        const name = isInput(path, files?.earlier)
          ? path.slice(path.lastIndexOf("inputs/") + "inputs/".length)
          : path;
        const isUploaded = path.startsWith("inputs/");
        return (
          <li key={path} className="file-item">
            <span>
              {name} {isUploaded && <small>{said.uploaded}</small>}
              {isEarlier(path, files?.earlier) && <small>{said.earlier}</small>}
            </span>
            {isUploaded && files !== undefined && (
              <Button variant="inline-link" onClick={() => onEdit(path)}>
                {said.edit}
              </Button>
            )}
            <Button
              variant="icon"
              iconName="close"
              ariaLabel={said.remove(name)}
              onClick={() => onRemove(path)}
            />
          </li>
        );
      })}
      {uploads.map(({ key, name, sent, size, error }) => (
        <li key={key} className="file-item">
          {error === undefined ? (
            <ProgressBar
              value={size === 0 ? 0 : Math.round((sent / size) * 100)}
              ariaLabel={said.progress(name)}
              description={said.uploading(name, bytes(sent), bytes(size))}
            />
          ) : (
            <span role="alert">
              <b>{said.failed(name)}</b> {errorSentences(error).join(" ")}
            </span>
          )}
          {error !== undefined && (
            <Button variant="inline-link" onClick={() => files?.retry(key)}>
              {said.retry}
            </Button>
          )}
          <Button
            variant="icon"
            iconName="close"
            ariaLabel={error === undefined ? `${said.stop}: ${name}` : said.remove(name)}
            onClick={() => files?.stop(key)}
          />
        </li>
      ))}
    </ul>
  );
}
