import SpaceBetween from "@cloudscape-design/components/space-between";
import { text } from "../../../catalogue/index.ts";
import { TextField } from "../fields.tsx";
import { valueAt, wordOf } from "../file.ts";
import { useFile } from "../file-context.ts";
import { MachineTypeField } from "../machine-type-field.tsx";
import { Part } from "../part.tsx";
import { Fact } from "./place-step.tsx";

export function HeadNodeStep() {
  const { provider, isRunning, value } = useFile();
  const said = text.wizard.headNode;
  const type = ["HeadNode", "InstanceType"];
  return (
    <Part title={said.title} more={said.more}>
      {isRunning ? (
        <Fact label={said.type} value={wordOf(valueAt(value, type)) || "–"} />
      ) : (
        <MachineTypeField path={type} label={said.type} />
      )}
      {provider !== "local" && (
        <SpaceBetween size="l">
          <TextField
            path={["HeadNode", "Ssh", "KeyName"]}
            label={said.key}
            description={said.keyHelp}
            isOptional
          />
          <TextField
            path={["HeadNode", "Ssh", "AllowedIps"]}
            label={said.allowedIps}
            description={said.allowedIpsHelp}
            isOptional
          />
          <TextField
            path={["HeadNode", "LocalStorage", "RootVolume", "Size"]}
            label={said.disk}
            type="number"
            isOptional
          />
        </SpaceBetween>
      )}
    </Part>
  );
}
