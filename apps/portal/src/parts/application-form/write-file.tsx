import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useEffect, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { Dialog } from "../../frame/dialog.tsx";
import { Loading } from "../../frame/states.tsx";
import { Editor } from "../editor/editor.tsx";
import { languageOfFile } from "../editor/language-of-file.ts";

const BEGIN = "#!/bin/bash\n";

/** A file for a run that is written in the page. */
export default function WriteFile({
  name: known,
  read,
  fieldName,
  onWrite,
  onClose,
}: {
  /** Of a file that is there already. */
  readonly name?: string;
  readonly read?: () => Promise<string>;
  readonly fieldName: string;
  readonly onWrite: (file: File) => void;
  readonly onClose: () => void;
}) {
  const said = text.submit.file;
  const [name, setName] = useState(known ?? `${fieldName}.sh`);
  const [content, setContent] = useState(read === undefined ? BEGIN : undefined);
  const [error, setError] = useState<unknown>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once, when it is opened
  useEffect(() => {
    read?.().then(setContent, setError);
  }, []);
  const isName = name !== "" && !/[/\0]/.test(name) && name !== "." && name !== "..";
  const save = (): void => {
    if (!isName || content === undefined) return;
    onWrite(new File([content], name, { type: "text/plain" }));
    onClose();
  };
  return (
    <Dialog
      title={known === undefined ? said.writeTitle : said.editTitle(known)}
      size="large"
      action={said.writeSave}
      isDisabled={content === undefined}
      error={error}
      onAction={save}
      onClose={onClose}
    >
      {known === undefined && (
        <FormField
          label={said.writeName}
          description={said.writeNameHelp}
          errorText={isName ? undefined : said.badName}
        >
          <Input
            value={name}
            autoComplete={false}
            spellcheck={false}
            onChange={({ detail }) => setName(detail.value)}
          />
        </FormField>
      )}
      {content === undefined && error === undefined && <Loading />}
      {content !== undefined && (
        <FormField label={said.writeText} stretch>
          <Editor
            label={said.writeText}
            value={content}
            language={languageOfFile(name)}
            minHeight="16rem"
            onChange={setContent}
            onSave={save}
          />
        </FormField>
      )}
    </Dialog>
  );
}
