import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Popover from "@cloudscape-design/components/popover";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { ROUTES, type Token } from "@sluice/api";
import { type ReactNode, useState } from "react";
import { text } from "../../../catalogue/index.ts";
import { Confirm } from "../../../frame/confirm.tsx";
import { ListTable } from "../../../frame/list-table.tsx";
import { notifySuccess } from "../../../frame/notices.tsx";
import { useChange, useRead } from "../../../frame/queries.ts";
import { Empty } from "../../../frame/states.tsx";
import type { Column } from "../../../frame/table-settings.tsx";
import { useNow, When } from "../../../frame/when.tsx";
import { expiryOf, scopeThings } from "./token-words.ts";

/** Tokens of one person: one's own when nobody is named. */
export function TokensTable({
  owner,
  actions,
}: {
  readonly owner?: string;
  readonly actions?: ReactNode;
}) {
  const { tokens } = text.administration;
  const [revoked, setRevoked] = useState<Token>();
  const query = owner === undefined ? {} : { user: owner };
  const read = useRead(ROUTES.listTokens, { query });
  const revoke = useChange(ROUTES.revokeToken, [ROUTES.listTokens]);
  return (
    <>
      <ListTable<Token>
        name="tokens"
        title={tokens.title}
        items={read.data?.items}
        error={read.error}
        again={() => void read.refetch()}
        columns={columns(setRevoked)}
        idOf={({ id }) => id}
        sortedBy="createdAt"
        isDescending
        header={
          <Header variant="h2" description={tokens.more} actions={actions}>
            {tokens.title}
          </Header>
        }
        empty={
          <Empty
            title={tokens.empty}
            more={owner === undefined ? tokens.emptyOwn : tokens.emptyOther}
          />
        }
      />
      {revoked !== undefined && (
        <Confirm
          title={tokens.revokeTitle(revoked.name)}
          action={tokens.revoke}
          onClose={() => setRevoked(undefined)}
          onConfirm={async () => {
            await revoke.mutateAsync({ params: { token: revoked.id } });
            notifySuccess(tokens.revoked(revoked.name));
          }}
        >
          {tokens.revokeMore}
        </Confirm>
      )}
    </>
  );
}

function columns(onRevoke: (token: Token) => void): readonly Column<Token>[] {
  const { tokens } = text.administration;
  return [
    {
      ...{ id: "name", title: tokens.name, header: tokens.name, isFixed: true, isRowHeader: true },
      ...{ sortingField: "name", width: 150 },
      cell: ({ name }) => name,
    },
    {
      ...{ id: "scopes", title: tokens.scopes, header: tokens.scopes, width: 170 },
      cell: ({ scopes }) => <Scopes scopes={scopes} />,
    },
    {
      ...{ id: "clusters", title: tokens.clusters, header: tokens.clusters, width: 115 },
      cell: ({ clusters }) => clusters?.join(", ") ?? tokens.allClusters,
    },
    {
      ...{ id: "expires", title: tokens.expires, header: tokens.expires, width: 135 },
      sortingField: "expiresAt",
      cell: ({ expiresAt }) => <Expires at={expiresAt} />,
    },
    {
      ...{ id: "lastUsed", title: tokens.lastUsed, header: tokens.lastUsed, width: 145 },
      sortingField: "lastUsedAt",
      cell: ({ lastUsedAt }) =>
        lastUsedAt === undefined ? tokens.neverUsed : <When at={lastUsedAt} />,
    },
    {
      ...{ id: "createdAt", title: tokens.createdAt, header: tokens.createdAt, width: 145 },
      sortingField: "createdAt",
      cell: ({ createdAt }) => <When at={createdAt} />,
    },
    {
      ...{
        id: "actions",
        title: text.frame.actions.more,
        header: text.frame.actions.more,
        isFixed: true,
        width: 90,
      },
      cell: (token) => (
        <Button
          variant="inline-link"
          ariaLabel={`${tokens.revoke} ${token.name}`}
          onClick={() => onRevoke(token)}
        >
          {tokens.revoke}
        </Button>
      ),
    },
  ];
}

/** What it may do: few things in words, many by their number with all of them behind. */
function Scopes({ scopes }: Pick<Token, "scopes">) {
  const { tokens } = text.administration;
  const things = scopeThings(scopes);
  if (things.length === 0) return tokens.allScopes;
  if (things.length <= FEW) return things.join(", ");
  return (
    <Popover
      dismissAriaLabel={text.frame.actions.close}
      content={things.map((thing) => <div key={thing}>{thing}</div>)}
    >
      {tokens.manyScopes(things.length)}
    </Popover>
  );
}

const FEW = 2;

function Expires({ at }: { readonly at: string }) {
  const { tokens } = text.administration;
  const expiry = expiryOf(at, useNow(60_000));
  if (expiry === "good") return <When at={at} />;
  return (
    <StatusIndicator type={expiry === "expired" ? "stopped" : "warning"}>
      {expiry === "expired" ? tokens.expired : <When at={at} />}
    </StatusIndicator>
  );
}
