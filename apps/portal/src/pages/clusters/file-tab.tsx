import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ROUTES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { dateTime } from "../../frame/format.ts";
import { useRead } from "../../frame/queries.ts";
import { Empty, Read } from "../../frame/states.tsx";
import { DiffView } from "../../parts/editor/diff-view.tsx";
import { Editor } from "../../parts/editor/editor.tsx";

/** The cluster file: the one in force, former ones, and what two of them differ in. */
export function FileTab({ cluster }: { readonly cluster: string }) {
  const versions = useRead(
    ROUTES.listClusterFiles,
    { params: { cluster } },
    { topics: ["operation", "cluster"] },
  );
  return (
    <Read from={versions}>
      {({ items }) =>
        items.length === 0 ? <Empty /> : <Versions cluster={cluster} versions={items} />
      }
    </Read>
  );
}

interface Version {
  readonly version: number;
  readonly state: string;
  readonly givenAt: string;
}

function Versions({
  cluster,
  versions,
}: {
  readonly cluster: string;
  readonly versions: readonly Version[];
}) {
  const said = text.clusters.file;
  const inForce = versions.findLast(({ state }) => state === "in-force") ?? versions.at(-1);
  const [address, setAddress] = useAddress({ version: `${inForce?.version ?? 1}`, with: "" });
  const words = ({ version, state, givenAt }: Version) => ({
    value: `${version}`,
    label: said.version(version),
    description: dateTime(givenAt),
    tags: [said.states[state as keyof typeof said.states] ?? state],
  });
  const options = versions.toReversed().map(words);
  const none = { value: "", label: said.alone };
  const shown = useFile(cluster, address.version);
  const other = useFile(cluster, address.with);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={said.more}
          actions={
            shown.data !== undefined && (
              <CopyToClipboard
                copyButtonText={text.frame.actions.copy}
                copySuccessText={text.frame.actions.copied}
                copyErrorText={text.frame.actions.notCopied}
                textToCopy={shown.data.text}
              />
            )
          }
        >
          {said.title}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <div className="filters">
          <FormField label={said.shown}>
            <Select
              selectedOption={options.find(({ value }) => value === address.version) ?? null}
              options={options}
              onChange={({ detail }) => setAddress({ version: detail.selectedOption.value ?? "" })}
            />
          </FormField>
          {options.length > 1 && (
            <FormField label={said.with}>
              <Select
                selectedOption={options.find(({ value }) => value === address.with) ?? none}
                options={[none, ...options.filter(({ value }) => value !== address.version)]}
                onChange={({ detail }) => setAddress({ with: detail.selectedOption.value ?? "" })}
              />
            </FormField>
          )}
        </div>
        <Read from={shown}>
          {(file) =>
            address.with === "" ? (
              <Editor
                value={file.text}
                language="yaml"
                readOnly
                label={said.label(cluster, file.version)}
                maxHeight="48rem"
              />
            ) : (
              <Read from={other}>
                {(before) =>
                  before.text === file.text ? (
                    <Box color="text-status-inactive">{said.same}</Box>
                  ) : (
                    <DiffView
                      before={before.text}
                      after={file.text}
                      label={said.difference(before.version, file.version)}
                      maxHeight="48rem"
                    />
                  )
                }
              </Read>
            )
          }
        </Read>
      </SpaceBetween>
    </Container>
  );
}

function useFile(cluster: string, version: string) {
  const isNumber = /^[1-9][0-9]{0,8}$/.test(version);
  return useRead(
    ROUTES.getClusterFile,
    { params: { cluster }, query: { version: Number(version) } },
    { enabled: isNumber, staleTime: 60_000 },
  );
}
