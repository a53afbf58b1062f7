import Autosuggest from "@cloudscape-design/components/autosuggest";
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tiles from "@cloudscape-design/components/tiles";
import { CLOUD_OSES, LOCAL_OSES } from "@sluice/model";
import { useState } from "react";
import { text } from "../../../catalogue/index.ts";
import { ChoiceField, FileField } from "../fields.tsx";
import { valueAt, wordOf } from "../file.ts";
import { type ProviderName, useFile } from "../file-context.ts";
import { Part } from "../part.tsx";
import { useRegions } from "../use-regions.ts";

/** What of this step is not in the file. */
export interface PlaceStepProps {
  readonly providers: readonly ProviderName[];
  /** Whether the page has another file for that provider, and the key need not be changed. */
  readonly onProvider: (provider: ProviderName) => boolean;
  readonly name?: {
    readonly value: string;
    readonly onChange: (name: string) => void;
    readonly error: string | undefined;
  };
}

export function PlaceStep({ providers, onProvider, name }: PlaceStepProps) {
  const { provider, isRunning, set } = useFile();
  const said = text.wizard.place;
  const oses = osesOf(provider);
  return (
    <Part title={said.title} more={isRunning ? said.isFixed : undefined}>
      {name !== undefined && (
        <FormField label={said.name} constraintText={said.nameHelp} errorText={name.error}>
          <Input
            value={name.value}
            onChange={({ detail }) => name.onChange(detail.value)}
            spellcheck={false}
            autoComplete={false}
          />
        </FormField>
      )}
      {isRunning ? (
        <SpaceBetween size="m">
          <Fact label={said.provider} value={said.providers[provider]} />
          <Region />
        </SpaceBetween>
      ) : (
        <SpaceBetween size="l">
          <FormField label={said.provider}>
            <Tiles
              value={provider}
              columns={1}
              items={providers.map((one) => ({
                value: one,
                label: said.providers[one],
                description: said.providersMore[one],
              }))}
              onChange={({ detail }) => {
                if (!onProvider(detail.value as ProviderName)) set(["Provider"], detail.value);
              }}
            />
          </FormField>
          <Region />
        </SpaceBetween>
      )}
      <ChoiceField
        path={["Image", "Os"]}
        label={said.os}
        description={said.osHelp}
        disabled={isRunning}
        {...(provider === "local" ? { fallback: "debian13" } : {})}
        choices={oses.map((value) => ({ value, label: said.oses[value] }))}
      />
    </Part>
  );
}

function osesOf(provider: ProviderName) {
  if (provider === "local") return LOCAL_OSES;
  const all = [...LOCAL_OSES, ...CLOUD_OSES];
  return provider === "aws" ? all : CLOUD_OSES.filter((os) => os !== "alinux2023");
}

export function Fact({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div>
      <Box variant="awsui-key-label">{label}</Box>
      <div>{value}</div>
    </div>
  );
}

function Region() {
  const { provider, value, set, isRunning } = useFile();
  const regions = useRegions(provider);
  const [typed, setTyped] = useState<string>();
  const said = text.wizard.place;
  const word = wordOf(valueAt(value, ["Region"]));
  if (provider === "local") return null;
  if (isRunning) return <Fact label={said.region} value={word} />;
  return (
    <FileField path={["Region"]} label={said.region} description={said.regionHelp}>
      <Autosuggest
        value={typed ?? word}
        options={regions.map((name) => ({ value: name }))}
        enteredTextLabel={(name) => text.wizard.machineTypes.use(name)}
        placeholder={text.wizard.choose}
        ariaLabel={said.region}
        onChange={({ detail }) => {
          setTyped(detail.value);
          if (regions.includes(detail.value)) set(["Region"], detail.value);
        }}
        onSelect={({ detail }) => {
          setTyped(undefined);
          if (detail.value.trim() !== "") set(["Region"], detail.value.trim());
        }}
        onBlur={() => setTyped(undefined)}
      />
    </FileField>
  );
}
