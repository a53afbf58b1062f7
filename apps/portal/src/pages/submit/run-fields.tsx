import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import type { ApplicationDetail } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { remember } from "../../frame/memory.ts";
import type { ClusterChoice } from "../../parts/application-form/place.ts";
import type { FormState } from "./form-state.ts";
import { LAST_CLUSTER } from "./fresh-form.ts";
import { KEEPS } from "./wish.ts";

/** Characters of a run's name. */
const LONGEST_NAME = 120;

/** What every run has: its name, where it runs, how long its files are kept. */
export function RunFields({
  application,
  state,
  clusters,
  hasClusterField,
  onChange,
  onCluster,
}: {
  readonly application: ApplicationDetail;
  readonly state: FormState;
  readonly clusters: readonly ClusterChoice[];
  /** The application asks for the cluster by itself. */
  readonly hasClusterField: boolean;
  readonly onChange: (part: Partial<FormState>) => void;
  readonly onCluster: (name: string | undefined) => void;
}) {
  const said = text.submit.run;
  const options = clusters.map(({ name, state: words }) => ({
    ...{ value: name, label: name, description: words },
  }));
  const keeps = KEEPS.map((value) => ({ value, label: keepWords(value) }));
  return (
    <Container header={<Header variant="h2">{said.title}</Header>}>
      <div className="application-fields">
        <FormField label={said.name} constraintText={said.nameHelp} stretch>
          <Input
            value={state.name}
            placeholder={application.title}
            autoComplete={false}
            onChange={({ detail }) => onChange({ name: detail.value.slice(0, LONGEST_NAME) })}
          />
        </FormField>
        {!hasClusterField && (
          <FormField label={said.cluster} constraintText={said.clusterHelp} stretch>
            <Select
              options={options}
              selectedOption={options.find(({ value }) => value === state.cluster) ?? null}
              onChange={({ detail }) => {
                remember(LAST_CLUSTER, detail.selectedOption.value);
                onCluster(detail.selectedOption.value);
              }}
            />
          </FormField>
        )}
        <FormField label={said.keep} constraintText={said.keepHelp} stretch>
          <Select
            options={keeps}
            selectedOption={keeps.find(({ value }) => value === state.keep) ?? null}
            onChange={({ detail }) => onChange({ keep: detail.selectedOption.value ?? "usual" })}
          />
        </FormField>
      </div>
    </Container>
  );
}

function keepWords(keep: (typeof KEEPS)[number]): string {
  const said = text.submit.run;
  if (keep === "usual") return said.keepUsual;
  if (keep === "always") return said.keepAlways;
  return keep === "365" ? said.keepYear : said.keepFor(Number(keep));
}
