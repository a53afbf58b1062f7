import Button from "@cloudscape-design/components/button";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ROUTES, type RunView } from "@sluice/api";
import { useState } from "react";
import { text } from "../../catalogue/index.ts";
import { bytes } from "../../frame/format.ts";
import { useRead } from "../../frame/queries.ts";
import { isLive } from "../../frame/run-state.tsx";
import { server } from "../../frame/server.ts";
import { Empty, Read } from "../../frame/states.tsx";
import { LogView } from "../../parts/log-view/log-view.tsx";
import { type OutputFile, outputBegins, useOutput } from "./output.ts";

const OUTPUT = "output.log";
const LIKE_OUTPUT = /\.(?:log|out|err)$/;

/** What the job writes, as it writes it. */
export function RunOutput({ run }: { readonly run: RunView }) {
  const [chosen, setChosen] = useState<string>();
  const files = useRead(ROUTES.listRunFiles, { params: { run: run.id } }, { topics: ["run"] });
  const said = text.runs.page;
  return (
    <Read from={files}>
      {({ items }) => {
        const outputs = items.filter(({ name, kind }) => kind === "file" && LIKE_OUTPUT.test(name));
        const names = outputs.map(({ name }) => name);
        const path = chosen ?? names.find((name) => name === OUTPUT) ?? names[0] ?? OUTPUT;
        const size = outputs.find(({ name }) => name === path)?.size ?? 0;
        if (outputs.length === 0 && !isLive(run.state)) return <Empty title={said.noOutput} />;
        return (
          <SpaceBetween size="s">
            {names.length > 1 && (
              <Select
                ariaLabel={said.outputFile}
                selectedOption={{ value: path, label: path }}
                options={names.map((name) => ({ value: name, label: name }))}
                onChange={({ detail }) => setChosen(detail.selectedOption.value)}
              />
            )}
            <Output key={path} file={{ run: run.id, path, size }} isOver={!isLive(run.state)} />
          </SpaceBetween>
        );
      }}
    </Read>
  );
}

function Output({ file, isOver }: { readonly file: OutputFile; readonly isOver: boolean }) {
  const [first] = useState(file);
  const source = useOutput(first, isOver);
  const said = text.runs.page;
  const { run, path } = file;
  const href = server.url(ROUTES.readRunFile, { params: { run }, query: { path } });
  return (
    <>
      {outputBegins(first) > 0 && <p>{said.tail(bytes(first.size))}</p>}
      <LogView
        source={source}
        label={said.outputOf(path)}
        empty={said.noOutput}
        actions={
          <Button
            href={href}
            download
            iconName="download"
            variant="icon"
            ariaLabel={text.frame.actions.download}
          />
        }
      />
    </>
  );
}
