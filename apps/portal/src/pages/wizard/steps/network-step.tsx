import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Edit } from "@sluice/model";
import { text } from "../../../catalogue/index.ts";
import { ChoiceField, ListField, SwitchField, TextField } from "../fields.tsx";
import { type FileValue, listOf, sectionOf, setEdits, valueAt, wordOf } from "../file.ts";
import { useFile } from "../file-context.ts";
import { Part, Row } from "../part.tsx";

const QUEUES = ["Scheduling", "SlurmQueues"] as const;
const HEAD_SUBNET = ["HeadNode", "Networking", "SubnetId"] as const;

export function NetworkStep() {
  const { provider, value, edit, isRunning } = useFile();
  const said = text.wizard.network;
  if (provider === "local") {
    return (
      <Part title={said.title} more={said.local}>
        {null}
      </Part>
    );
  }
  const isOwn = provider === "azure" || valueAt(value, HEAD_SUBNET) !== undefined;
  return (
    <Part title={said.title}>
      {provider === "aws" && !isRunning && (
        <FormField label={said.whose}>
          <RadioGroup
            value={isOwn ? "own" : "made"}
            items={[
              { value: "made", label: said.made, description: said.madeMore },
              { value: "own", label: said.own, description: said.ownMore },
            ]}
            onChange={({ detail }) => edit(detail.value === "own" ? toOwn(value) : toMade(value))}
          />
        </FormField>
      )}
      {isOwn ? <OwnSubnets /> : <MadeNetwork />}
      {provider === "aws" && (
        <SwitchField path={["HeadNode", "Networking", "ElasticIp"]} label={said.elasticIp} />
      )}
    </Part>
  );
}

function MadeNetwork() {
  const said = text.wizard.network;
  return (
    <Row>
      <TextField
        path={["Vpc", "Cidr"]}
        label={said.cidr}
        constraint={said.cidrHelp}
        placeholder="10.0.0.0/16"
        isOptional
      />
      <ChoiceField
        path={["Vpc", "NatGateways"]}
        label={said.nat}
        fallback="one"
        choices={(["one", "zone", "none"] as const).map((one) => ({
          value: one,
          label: said.nats[one],
        }))}
      />
    </Row>
  );
}

function OwnSubnets() {
  const { value } = useFile();
  const said = text.wizard.network;
  const queues = listOf(valueAt(value, QUEUES));
  return (
    <SpaceBetween size="l">
      <TextField path={HEAD_SUBNET} label={said.headSubnet} />
      {queues.map((queue, index) => (
        <ListField
          // biome-ignore lint/suspicious/noArrayIndexKey: its place in the file is what it is
          key={index}
          path={[...QUEUES, index, "Networking", "SubnetIds"]}
          label={said.queueSubnets(wordOf(sectionOf(queue).Name))}
          constraint={index === 0 ? said.queueSubnetsHelp : undefined}
        />
      ))}
    </SpaceBetween>
  );
}

/** Stands until somebody writes the subnet; the checks say so. */
const NO_SUBNET = "subnet-";

function toOwn(value: FileValue): readonly Edit[] {
  const queues = listOf(valueAt(value, QUEUES));
  return [
    ...setEdits(value, ["Vpc"], undefined),
    { kind: "set", path: HEAD_SUBNET, value: NO_SUBNET },
    ...queues.map(
      (_, index): Edit => ({
        kind: "set",
        path: [...QUEUES, index, "Networking", "SubnetIds"],
        value: [NO_SUBNET],
      }),
    ),
  ];
}

function toMade(value: FileValue): readonly Edit[] {
  const queues = listOf(valueAt(value, QUEUES));
  return [
    ...setEdits(value, HEAD_SUBNET, undefined),
    ...queues.flatMap((_, index) =>
      setEdits(value, [...QUEUES, index, "Networking", "SubnetIds"], undefined),
    ),
    { kind: "set", path: ["Vpc", "Cidr"], value: "10.0.0.0/16" },
  ];
}
