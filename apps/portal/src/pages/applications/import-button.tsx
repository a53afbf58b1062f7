import Button from "@cloudscape-design/components/button";
import { useRef } from "react";
import { useNavigate } from "react-router";
import { text } from "../../catalogue/index.ts";
import { notify } from "../../frame/notices.tsx";

/** Bytes; an application's text has at most so many characters. */
const MOST = 524_288;

/** Takes a YAML file into the editor, where it can be looked at before it is saved. */
export function ImportButton() {
  const navigate = useNavigate();
  const picker = useRef<HTMLInputElement>(null);
  const said = text.applications;
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    if (file.size > MOST) notify({ type: "error", content: said.importTooLarge });
    else await navigate("/applications/new", { state: { text: await file.text() } });
  };
  return (
    <>
      <Button onClick={() => picker.current?.click()}>{said.importFile}</Button>
      <input
        ref={picker}
        type="file"
        hidden
        accept=".yaml,.yml"
        aria-label={said.importFile}
        onChange={({ target }) => {
          void take(target.files?.[0]);
          target.value = "";
        }}
      />
    </>
  );
}
