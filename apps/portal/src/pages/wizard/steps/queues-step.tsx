import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Path } from "@sluice/model";
import { useState } from "react";
import { text } from "../../../catalogue/index.ts";
import { number } from "../../../frame/format.ts";
import { Empty } from "../../../frame/states.tsx";
import { ChoiceField, TextField } from "../fields.tsx";
import { freeName, listOf, sectionOf, valueAt, wordOf } from "../file.ts";
import { useFile } from "../file-context.ts";
import { MachineTypeField } from "../machine-type-field.tsx";
import { Part, Row } from "../part.tsx";
import { Fact } from "./place-step.tsx";

const QUEUES = ["Scheduling", "SlurmQueues"] as const;

/** What a new compute resource begins as: the smallest that is of use. */
const FIRST_TYPES = { local: "local.small", aws: "c7i.xlarge", azure: "Standard_F4s_v2" } as const;

export function QueuesStep() {
  const { value, edit, provider } = useFile();
  const said = text.wizard.queues;
  const queues = listOf(valueAt(value, QUEUES));
  const [open, setOpen] = useState<ReadonlySet<number>>(
    () => new Set(queues.length === 1 ? [0] : []),
  );
  const toggle = (index: number, isOpen: boolean): void => {
    setOpen(new Set([...[...open].filter((one) => one !== index), ...(isOpen ? [index] : [])]));
  };
  const add = (): void => {
    toggle(queues.length, true);
    const networking = sectionOf(queues.at(-1)).Networking;
    const queue = {
      Name: freeName("batch", queues),
      // Machines of one cluster are in one network.
      ...(networking === undefined ? {} : { Networking: networking }),
      ComputeResources: [{ Name: "nodes", InstanceType: FIRST_TYPES[provider], MaxCount: 4 }],
    };
    edit([{ kind: "append", path: QUEUES, value: queue }]);
  };
  return (
    <Part title={said.title} more={said.more} actions={<Button onClick={add}>{said.add}</Button>}>
      {queues.length === 0 && <Empty title={said.none} more={said.noneMore} />}
      {queues.map((queue, index) => (
        <Queue
          // biome-ignore lint/suspicious/noArrayIndexKey: its place in the file is what it is
          key={index}
          queue={queue}
          path={[...QUEUES, index]}
          isOnly={queues.length === 1}
          isOpen={open.has(index)}
          onToggle={(isOpen) => toggle(index, isOpen)}
        />
      ))}
      <TextField
        path={["Scheduling", "SlurmSettings", "ScaledownIdletime"]}
        label={said.idle}
        description={said.idleHelp}
        placeholder="10m"
        isOptional
      />
    </Part>
  );
}

function Queue({
  queue,
  path,
  isOnly,
  isOpen,
  onToggle,
}: {
  readonly queue: unknown;
  readonly path: Path;
  readonly isOnly: boolean;
  readonly isOpen: boolean;
  readonly onToggle: (isOpen: boolean) => void;
}) {
  const { edit, provider } = useFile();
  const said = text.wizard.queues;
  const { Name, ComputeResources, CapacityType } = sectionOf(queue);
  const name = wordOf(Name);
  const resources = listOf(ComputeResources);
  const most = resources.reduce<number>(
    (sum, resource) => sum + (Number(sectionOf(resource).MaxCount ?? 10) || 0),
    0,
  );
  const addResource = (): void =>
    edit([
      {
        kind: "append",
        path: [...path, "ComputeResources"],
        value: {
          Name: freeName("nodes", resources),
          InstanceType: FIRST_TYPES[provider],
          MaxCount: 4,
        },
      },
    ]);
  return (
    <ExpandableSection
      variant="container"
      expanded={isOpen}
      onChange={({ detail }) => onToggle(detail.expanded)}
      headerText={said.queue(name)}
      headerDescription={said.summary(resources.length, said.upTo(number(most)))}
    >
      {isOpen && (
        <SpaceBetween size="l">
          <Row>
            <TextField path={[...path, "Name"]} label={said.name} />
            <TextField
              path={[...path, "WarmNodes", "Count"]}
              label={said.warm}
              constraint={said.warmHelp}
              type="number"
              isOptional
            />
          </Row>
          <Row>
            <ChoiceField
              path={[...path, "CapacityType"]}
              label={said.capacity}
              fallback="ONDEMAND"
              choices={(["ONDEMAND", "SPOT"] as const).map((value) => ({
                value,
                label: said.capacities[value],
                description: said.capacitiesMore[value],
              }))}
            />
            {CapacityType === "SPOT" && (
              <ChoiceField
                path={[...path, "FallbackCapacityType"]}
                label={said.fallback}
                fallback=""
                choices={[
                  { value: "", label: said.fallbackNone },
                  { value: "ONDEMAND", label: said.fallbackOnDemand },
                ]}
              />
            )}
          </Row>
          {resources.map((resource, index) => (
            <Resource
              // biome-ignore lint/suspicious/noArrayIndexKey: its place in the file is what it is
              key={index}
              resource={resource}
              path={[...path, "ComputeResources", index]}
              isOnly={resources.length === 1}
            />
          ))}
          <div className="part-actions">
            <Button onClick={addResource}>{text.wizard.resources.add}</Button>
            {!isOnly && (
              <Button
                ariaLabel={said.removeNamed(name)}
                onClick={() => edit([{ kind: "remove", path }])}
              >
                {said.remove}
              </Button>
            )}
          </div>
        </SpaceBetween>
      )}
    </ExpandableSection>
  );
}

function Resource({
  resource,
  path,
  isOnly,
}: {
  readonly resource: unknown;
  readonly path: Path;
  readonly isOnly: boolean;
}) {
  const { edit } = useFile();
  const said = text.wizard.resources;
  const { Name, Instances } = sectionOf(resource);
  const name = wordOf(Name);
  const several = listOf(Instances).map((one) => wordOf(sectionOf(one).InstanceType));
  return (
    <fieldset className="entry">
      <legend>{said.named(name)}</legend>
      <SpaceBetween size="m">
        {several.length > 0 ? (
          <Fact label={said.types} value={said.several(several.join(", "))} />
        ) : (
          <MachineTypeField path={[...path, "InstanceType"]} label={said.type} />
        )}
        <Row>
          <TextField path={[...path, "Name"]} label={said.name} />
          <TextField
            path={[...path, "MinCount"]}
            label={said.min}
            type="number"
            placeholder="0"
            isOptional
          />
          <TextField
            path={[...path, "MaxCount"]}
            label={said.max}
            type="number"
            placeholder="10"
            isOptional
          />
        </Row>
        {!isOnly && (
          <Button
            ariaLabel={said.removeNamed(name)}
            onClick={() => edit([{ kind: "remove", path }])}
          >
            {said.remove}
          </Button>
        )}
      </SpaceBetween>
    </fieldset>
  );
}
