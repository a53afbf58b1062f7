import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { statusOf } from "../../frame/queries.ts";
import { errorSentences } from "../../frame/states.tsx";
import { problemOfName, shownName } from "./paths.ts";

export interface Naming {
  readonly kind: "folder" | "file" | "rename";
  /** The name that it has. */
  readonly name: string;
}

/** Asks for a name, above the list in which it will stand. */
export function NameBar({
  naming,
  onName,
  onClose,
}: {
  readonly naming: Naming;
  readonly onName: (name: string) => Promise<void>;
  readonly onClose: () => void;
}) {
  const { kind } = naming;
  const [name, setName] = useState(naming.name);
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const input = useRef<InputProps.Ref>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const said = text.files.named;
  const problem = problemOfName(name);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (name === "" || problem !== undefined || isBusy) return;
    if (kind === "rename" && name === naming.name) return onClose();
    setBusy(true);
    try {
      await onName(name);
      onClose();
    } catch (refused) {
      setError(statusOf(refused) === 409 ? said.taken : errorSentences(refused).join(" "));
      setBusy(false);
    }
  };
  const label = kind === "rename" ? said.rename(shownName(naming.name)) : said[kind];
  return (
    <form className="files-naming" onSubmit={(event) => void submit(event)}>
      <FormField label={label} errorText={problem === undefined ? error : said[problem]}>
        <Input
          ref={input}
          value={name}
          autoComplete={false}
          spellcheck={false}
          onChange={({ detail }) => {
            setName(detail.value);
            setError("");
          }}
          onKeyDown={({ detail }) => detail.key === "Escape" && onClose()}
        />
      </FormField>
      <Button formAction="submit" loading={isBusy}>
        {said.go[kind]}
      </Button>
      <Button variant="link" formAction="none" onClick={onClose}>
        {text.frame.actions.cancel}
      </Button>
    </form>
  );
}
