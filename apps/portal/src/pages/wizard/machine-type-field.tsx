import Autosuggest, { type AutosuggestProps } from "@cloudscape-design/components/autosuggest";
import Box from "@cloudscape-design/components/box";
import type { Path } from "@sluice/model";
import { useEffect, useMemo, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { bytes, money, number } from "../../frame/format.ts";
import { FileField } from "./fields.tsx";
import { valueAt, wordOf } from "./file.ts";
import { useFile } from "./file-context.ts";
import type { MachineTypeFacts } from "./machine-types.ts";

/** The types of the file's cloud; undefined while the catalogue is loaded, which is large. */
export function useMachineTypes(): readonly MachineTypeFacts[] | undefined {
  const { provider, region, value } = useFile();
  const [catalogue, setCatalogue] = useState<typeof import("./machine-types.ts")>();
  useEffect(() => {
    import("./machine-types.ts").then(setCatalogue, () => {
      // Without it a name is typed.
    });
  }, []);
  const local = JSON.stringify(value.Local ?? null);
  return useMemo(
    () => catalogue?.machineTypes(provider, region, JSON.parse(local)),
    [catalogue, provider, region, local],
  );
}

export function MachineTypeField({
  path,
  label,
  description,
}: {
  readonly path: Path;
  readonly label: string;
  readonly description?: string;
}) {
  const { value, set } = useFile();
  const types = useMachineTypes();
  const [typed, setTyped] = useState<string>();
  const word = wordOf(valueAt(value, path));
  const said = text.wizard.machineTypes;
  const options = useMemo(() => (types ?? []).map(optionOf), [types]);
  const chosen = types?.find(({ name }) => name === word);
  return (
    <FileField
      path={path}
      label={label}
      description={description}
      constraint={chosen === undefined ? "" : summaryOf(chosen)}
    >
      <Autosuggest
        value={typed ?? word}
        options={options}
        virtualScroll
        enteredTextLabel={(name) => said.use(name)}
        placeholder={said.placeholder}
        empty={<Box color="text-status-inactive">{said.none}</Box>}
        statusType={types === undefined ? "loading" : "finished"}
        loadingText={text.frame.states.loading}
        ariaLabel={label}
        onChange={({ detail }) => {
          setTyped(detail.value);
          if (types?.some(({ name }) => name === detail.value)) set(path, detail.value);
        }}
        onSelect={({ detail }) => {
          setTyped(undefined);
          if (detail.value.trim() !== "") set(path, detail.value.trim());
        }}
        onBlur={() => setTyped(undefined)}
      />
    </FileField>
  );
}

function optionOf(facts: MachineTypeFacts): AutosuggestProps.Option {
  const size = sizeOf(facts);
  return {
    value: facts.name,
    ...(size === undefined ? {} : { description: size }),
    ...(facts.price === undefined
      ? {}
      : { labelTag: text.wizard.machineTypes.perHour(money(facts.price)) }),
  };
}

/** `16 vCPU, 32 GiB, 1 T4`; undefined when only the name is known. */
function sizeOf({ type }: MachineTypeFacts): string | undefined {
  if (type === undefined) return undefined;
  const said = text.wizard.machineTypes;
  return [
    said.vcpus(number(type.vcpus)),
    bytes(type.memoryMiB * 1024 ** 2),
    ...(type.gpus === undefined ? [] : [said.gpus(type.gpus.count, type.gpus.model.toUpperCase())]),
    ...(type.interconnect === undefined ? [] : [said.networks[type.interconnect]]),
    ...(type.arch === "arm64" ? [said.arm] : []),
  ].join(", ");
}

function summaryOf(facts: MachineTypeFacts): string {
  const said = text.wizard.machineTypes;
  const price =
    facts.price === undefined
      ? said.unknownPrice
      : (facts.isApproximate ? said.aboutPerHour : said.perHour)(money(facts.price));
  return [sizeOf(facts), price].filter((part) => part !== undefined).join(", ");
}
