import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { type FormEvent, useState } from "react";
import { useSearchParams } from "react-router";
import { text } from "../../catalogue/index.ts";
import { useMay } from "../../frame/session.tsx";
import { Empty } from "../../frame/states.tsx";
import type { Place } from "./place.ts";

/** Says so when these are somebody else's files. */
export function ActingAs({ place }: { readonly place: Place }) {
  const [, setParams] = useSearchParams();
  const said = text.files;
  if (place.as === undefined) return null;
  return (
    <Alert
      type="warning"
      header={said.actingAs(place.as)}
      action={<Button onClick={() => setParams({})}>{said.actAsEnd}</Button>}
    >
      {said.actingAsMore}
    </Alert>
  );
}

/** Who is nobody on a cluster has no files there; its administrators may look as somebody. */
export function Nobody({ cluster }: { readonly cluster: string }) {
  const mayAct = useMay("administrator", cluster);
  const [, setParams] = useSearchParams();
  const [name, setName] = useState("");
  const said = text.files;
  const act = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() !== "") setParams({ as: name.trim() });
  };
  return (
    <Empty
      title={said.nobody}
      more={said.nobodyMore}
      action={
        mayAct && (
          <form className="files-as" onSubmit={act}>
            <FormField label={said.actAs} description={said.actingAsMore}>
              <Input
                value={name}
                autoComplete={false}
                spellcheck={false}
                onChange={({ detail }) => setName(detail.value)}
              />
            </FormField>
            <Button formAction="submit">{said.actAsGo}</Button>
          </form>
        )
      }
    />
  );
}
