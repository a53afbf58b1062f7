import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type OperationView, ROUTES } from "@sluice/api";
import { useState } from "react";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { useRead } from "../../frame/queries.ts";
import { Empty, Read } from "../../frame/states.tsx";
import { When } from "../../frame/when.tsx";
import {
  OperationProgress,
  OperationState,
  operationTitle,
} from "../../parts/operation/operation-progress.tsx";

const PAGE = 25;
const MOST = 1_000;

/** What was done to a cluster, the newest first, each with its steps when it is opened. */
export function OperationsTab({ cluster }: { readonly cluster: string }) {
  const said = text.clusters.operations;
  const [limit, setLimit] = useState(PAGE);
  const operations = useRead(
    ROUTES.listOperations,
    { query: { cluster, limit } },
    { topics: ["operation"], keep: true },
  );
  return (
    <Container
      header={
        <Header variant="h2" description={said.more}>
          {said.title}
        </Header>
      }
    >
      <Read from={operations}>
        {({ items, next }) =>
          items.length === 0 ? (
            <Empty title={said.none} more={said.noneMore} />
          ) : (
            <SpaceBetween size="s">
              {items.map((one) => (
                <Entry key={one.id} operation={one} />
              ))}
              {next !== undefined && limit < MOST && (
                <Button
                  loading={operations.isPlaceholderData}
                  onClick={() => setLimit((old) => Math.min(MOST, old * 4))}
                >
                  {said.earlier}
                </Button>
              )}
            </SpaceBetween>
          )
        }
      </Read>
    </Container>
  );
}

function Entry({ operation }: { readonly operation: OperationView }) {
  const said = text.clusters.operations;
  const [address, setAddress] = useAddress({ operation: "" });
  const { id, state, askedBy, createdAt } = operation;
  const isOpen = address.operation === id;
  return (
    <ExpandableSection
      expanded={isOpen}
      onChange={({ detail }) => setAddress({ operation: detail.expanded ? id : "" })}
      headerText={
        <span className="operation-entry">
          {operationTitle(operation)} <OperationState state={state} />
          <Box variant="small" display="inline">
            {said.askedBy(askedBy)}, <When at={createdAt} />
          </Box>
        </span>
      }
    >
      {isOpen && <OperationProgress id={id} hasTitle={false} />}
    </ExpandableSection>
  );
}
