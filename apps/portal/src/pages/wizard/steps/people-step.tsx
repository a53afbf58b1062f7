import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import type { Path } from "@sluice/model";
import { text } from "../../../catalogue/index.ts";
import { Empty } from "../../../frame/states.tsx";
import { TextField } from "../fields.tsx";
import { freeName, listOf, removeEntryEdits, sectionOf, valueAt, wordOf } from "../file.ts";
import { useFile } from "../file-context.ts";
import { Part, Row } from "../part.tsx";

const USERS = ["Users"] as const;
const DIRECTORY = ["DirectoryService"] as const;

export function PeopleStep() {
  const { value, edit, provider } = useFile();
  const said = text.wizard.people;
  const users = listOf(valueAt(value, USERS));
  const add = (): void =>
    edit([{ kind: "append", path: USERS, value: { Name: freeName("user", users) } }]);
  return (
    <Part title={said.title} more={said.more} actions={<Button onClick={add}>{said.add}</Button>}>
      {users.length === 0 && <Empty title={said.none} />}
      {users.map((user, index) => (
        <User
          // biome-ignore lint/suspicious/noArrayIndexKey: its place in the file is what it is
          key={index}
          user={user}
          path={[...USERS, index]}
        />
      ))}
      {provider !== "local" && <Directory />}
    </Part>
  );
}

function User({ user, path }: { readonly user: unknown; readonly path: Path }) {
  const { value, edit } = useFile();
  const said = text.wizard.people;
  const name = wordOf(sectionOf(user).Name);
  return (
    <Row>
      <TextField path={[...path, "Name"]} label={said.name} />
      <TextField
        path={[...path, "Uid"]}
        label={said.uid}
        type="number"
        placeholder={said.uidHelp}
        isOptional
      />
      <div className="entry-remove">
        <Button
          ariaLabel={said.removeNamed(name)}
          onClick={() => edit(removeEntryEdits(value, path))}
        >
          {said.remove}
        </Button>
      </div>
    </Row>
  );
}

function Directory() {
  const { value, edit, set } = useFile();
  const said = text.wizard.people;
  const isUsed = valueAt(value, DIRECTORY) !== undefined;
  return (
    <Part title={said.directory} more={said.directoryMore}>
      <Toggle
        checked={isUsed}
        onChange={({ detail }) => {
          if (!detail.checked) edit([{ kind: "remove", path: DIRECTORY }]);
          else {
            set(DIRECTORY, {
              DomainName: "",
              DomainAddr: "",
              DomainReadOnlyUser: "",
              PasswordSecretArn: "",
            });
          }
        }}
      >
        {said.useDirectory}
      </Toggle>
      {isUsed && (
        <SpaceBetween size="l">
          <TextField path={[...DIRECTORY, "DomainName"]} label={said.domainName} />
          <TextField
            path={[...DIRECTORY, "DomainAddr"]}
            label={said.domainAddress}
            constraint={said.domainAddressHelp}
          />
          <TextField
            path={[...DIRECTORY, "DomainReadOnlyUser"]}
            label={said.readOnlyUser}
            constraint={said.readOnlyUserHelp}
          />
          <TextField
            path={[...DIRECTORY, "PasswordSecretArn"]}
            label={said.password}
            constraint={said.passwordHelp}
          />
        </SpaceBetween>
      )}
    </Part>
  );
}
