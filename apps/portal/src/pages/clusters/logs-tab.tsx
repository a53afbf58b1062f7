import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type JsonOf, ROUTES } from "@sluice/api";
import { useMemo } from "react";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { dateTime } from "../../frame/format.ts";
import { useRead } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import { Empty, Read } from "../../frame/states.tsx";
import { LogView } from "../../parts/log-view/log-view.tsx";
import { keptLog, liveLog } from "./log-sources.ts";

type Sources = JsonOf<typeof ROUTES.listLogSources>;

/** What the head's services, the consoles of machines and the cloud's own logs say. */
export function LogsTab({ cluster }: { readonly cluster: string }) {
  const sources = useRead(ROUTES.listLogSources, { params: { cluster } }, { every: 30_000 });
  return <Read from={sources}>{(found) => <Logs cluster={cluster} sources={found} />}</Read>;
}

/** In front of the name of a log that the cloud keeps. */
const KEPT = "kept:";

function Logs({ cluster, sources }: { readonly cluster: string; readonly sources: Sources }) {
  const said = text.clusters.logs;
  const [address, setAddress] = useAddress({ log: sources.sources[0] ?? "" });
  const name = address.log;
  const isKept = name.startsWith(KEPT);
  const source = useMemo(
    () => (isKept ? keptLog(cluster, name.slice(KEPT.length)) : liveLog(cluster, name)),
    [cluster, name, isKept],
  );
  const groups = [
    { label: said.head, options: sources.sources.map((one) => ({ value: one, label: one })) },
    { label: said.nodes, options: sources.nodes.map((one) => ({ value: one, label: one })) },
    {
      label: said.kept,
      options: sources.kept.map(({ logStreamName, lastEventTimestamp }) => ({
        value: KEPT + logStreamName,
        label: logStreamName,
        description: dateTime(lastEventTimestamp),
      })),
    },
  ].filter(({ options }) => options.length > 0);
  const options = groups.flatMap((group) => group.options);
  // One whose machine went may still be in the address.
  const chosen = options.find(({ value }) => value === name) ?? { value: name, label: name };
  if (options.length === 0) return <Empty title={said.none} />;
  return (
    <Container header={<Header variant="h2">{said.title}</Header>}>
      <SpaceBetween size="m">
        <div className="filters">
          <FormField label={said.source}>
            <Select
              selectedOption={chosen}
              options={groups}
              filteringType="auto"
              filteringAriaLabel={said.find}
              onChange={({ detail }) => setAddress({ log: detail.selectedOption.value ?? "" })}
            />
          </FormField>
        </div>
        <LogView
          source={source}
          label={said.label(chosen.label)}
          height="36rem"
          actions={
            !isKept && (
              <Button
                iconName="download"
                href={server.url(ROUTES.readLog, {
                  params: { cluster, source: name },
                  query: { lines: 10_000 },
                } as never)}
                download={`${cluster}-${name}.log`}
              >
                {text.frame.actions.download}
              </Button>
            )
          }
        />
      </SpaceBetween>
    </Container>
  );
}
