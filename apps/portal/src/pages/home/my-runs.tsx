import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import type { Home } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { runHref } from "../../frame/addresses.ts";
import { PlainTable } from "../../frame/plain-table.tsx";
import { RunState } from "../../frame/run-state.tsx";
import { Empty, WithoutDatabase } from "../../frame/states.tsx";
import { When } from "../../frame/when.tsx";

type Run = Home["runs"][number];

export function MyRuns({
  runs,
  isMissing,
}: {
  readonly runs: readonly Run[];
  /** They can't be read now. */
  readonly isMissing: boolean;
}) {
  const said = text.home.runs;
  return (
    <PlainTable<Run>
      title={said.title}
      idOf={({ id }) => id}
      items={runs}
      header={
        <Header variant="h2" actions={<Button href="/runs">{said.all}</Button>}>
          {said.title}
        </Header>
      }
      empty={isMissing ? <WithoutDatabase /> : <Empty title={said.empty} more={said.emptyMore} />}
      columns={[
        {
          id: "name",
          header: said.name,
          cell: ({ id, name, application }) => (
            <>
              <Link href={runHref(id)}>{name}</Link>{" "}
              <Box variant="span" color="text-body-secondary">
                {application}
              </Box>
            </>
          ),
        },
        {
          id: "state",
          header: said.state,
          cell: ({ state }) => <RunState state={state} />,
        },
        { id: "made", header: said.made, cell: ({ createdAt }) => <When at={createdAt} /> },
      ]}
    />
  );
}
