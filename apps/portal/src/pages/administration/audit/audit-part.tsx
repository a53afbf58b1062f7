import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type AuditRecord, ROUTES } from "@sluice/api";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { text } from "../../../catalogue/index.ts";
import { useAddress } from "../../../frame/address.ts";
import { notifyError, notifySuccess } from "../../../frame/notices.tsx";
import { saveTextAs } from "../../../frame/save-as.ts";
import { server } from "../../../frame/server.ts";
import { useTyped } from "../../../frame/typed.ts";
import { auditCsv } from "./audit-csv.ts";
import { AuditTable } from "./audit-table.tsx";

const DEFAULTS = { who: "", what: "", about: "", result: "any", time: "any" };
export type AuditFilter = Readonly<Record<keyof typeof DEFAULTS, string>>;

const AT_ONCE = 100;
/** Of a file. */
const MOST = 10_000;
const SPANS: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30 };

/** What the address says, as the route asks for it. */
function queryOf({ who, what, about, result, time }: AuditFilter) {
  const days = SPANS[time];
  // Whole minutes, so that a second look asks the same.
  const now = Math.floor(Date.now() / 60_000) * 60_000;
  return {
    ...(who === "" ? {} : { user: who }),
    ...(what === "" ? {} : { action: what }),
    ...(about === "" ? {} : { target: about }),
    ...(result === "any" ? {} : { result: result as AuditRecord["result"] }),
    ...(days === undefined ? {} : { since: new Date(now - days * 86_400_000).toISOString() }),
  };
}

/** Who changed what, newest first, as long as somebody asks for older ones. */
export default function AuditPart() {
  const { audit, parts } = text.administration;
  const [filter, setFilter] = useAddress(DEFAULTS);
  const records = useInfiniteQuery({
    queryKey: [ROUTES.listAudit.id, filter],
    queryFn: ({ pageParam, signal }) =>
      server.call(ROUTES.listAudit, {
        query: {
          ...queryOf(filter),
          limit: AT_ONCE,
          ...(pageParam === "" ? {} : { cursor: pageParam }),
        },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: ({ next }) => next,
    placeholderData: (before) => before,
  });
  const items = records.data?.pages.flatMap((page) => page.items);
  return (
    <AuditTable
      items={items}
      error={records.error}
      again={() => void records.refetch()}
      isFiltered={Object.keys(DEFAULTS).some(
        (key) => filter[key as keyof typeof DEFAULTS] !== DEFAULTS[key as keyof typeof DEFAULTS],
      )}
      onClear={() => setFilter(DEFAULTS)}
      header={
        <Header
          variant="h2"
          actions={<Actions filter={filter} />}
          {...(items === undefined ? {} : { description: audit.loaded(items.length) })}
        >
          {parts.audit}
        </Header>
      }
      filters={<Filters filter={filter} onChange={setFilter} />}
      footer={
        records.hasNextPage && (
          <Button loading={records.isFetchingNextPage} onClick={() => void records.fetchNextPage()}>
            {audit.more}
          </Button>
        )
      }
    />
  );
}

function Search({
  words,
  label,
  onChange,
}: {
  readonly words: string;
  readonly label: string;
  readonly onChange: (words: string) => void;
}) {
  const [typed, setTyped] = useTyped(words, onChange);
  return (
    <Input
      value={typed}
      type="search"
      placeholder={label}
      ariaLabel={label}
      spellcheck={false}
      onChange={({ detail }) => setTyped(detail.value)}
    />
  );
}

function Filters({
  filter,
  onChange,
}: {
  readonly filter: AuditFilter;
  readonly onChange: (change: Partial<AuditFilter>) => void;
}) {
  const { audit } = text.administration;
  const input = (key: "who" | "what" | "about", label: string) => (
    <Search words={filter[key]} label={label} onChange={(words) => onChange({ [key]: words })} />
  );
  const choice = (key: "result" | "time", options: readonly { value: string; label: string }[]) => (
    <Select
      options={options}
      selectedOption={options.find(({ value }) => value === filter[key]) ?? options[0] ?? null}
      ariaLabel={key === "result" ? audit.result : audit.time}
      onChange={({ detail }) => onChange({ [key]: detail.selectedOption.value ?? "any" })}
    />
  );
  return (
    <>
      {input("who", audit.filterUser)}
      {input("what", audit.filterAction)}
      {input("about", audit.filterTarget)}
      {choice("result", [
        { value: "any", label: audit.any },
        { value: "done", label: audit.done },
        { value: "refused", label: audit.refused },
        { value: "failed", label: audit.failed },
      ])}
      {choice("time", [
        { value: "any", label: audit.anyTime },
        { value: "day", label: audit.day },
        { value: "week", label: audit.week },
        { value: "month", label: audit.month },
      ])}
    </>
  );
}

function Actions({ filter }: { readonly filter: AuditFilter }) {
  const { audit } = text.administration;
  const [broken, setBroken] = useState<number>();
  const check = useMutation({
    mutationFn: () => server.call(ROUTES.checkAudit, {}),
    onSuccess: ({ records, isWhole, firstBroken }) => {
      setBroken(isWhole ? undefined : (firstBroken ?? 0));
      if (isWhole) notifySuccess(audit.whole(records));
    },
    onError: (error) => notifyError(error),
  });
  const csv = useMutation({
    mutationFn: async () => {
      const found: AuditRecord[] = [];
      let cursor: string | undefined;
      do {
        const page = await server.call(ROUTES.listAudit, {
          query: { ...queryOf(filter), limit: 1000, ...(cursor === undefined ? {} : { cursor }) },
        });
        found.push(...page.items);
        cursor = page.next;
      } while (cursor !== undefined && found.length < MOST);
      saveTextAs("sluice-audit.csv", auditCsv(found), "text/csv");
      if (cursor !== undefined) notifySuccess(audit.csvMost(found.length));
    },
    onError: (error) => notifyError(error),
  });
  return (
    <SpaceBetween size="xs">
      <SpaceBetween direction="horizontal" size="xs">
        <Button loading={check.isPending} onClick={() => check.mutate()}>
          {audit.check}
        </Button>
        <Button iconName="download" loading={csv.isPending} onClick={() => csv.mutate()}>
          {audit.csv}
        </Button>
      </SpaceBetween>
      {broken !== undefined && (
        <Alert type="error" header={audit.broken(broken)}>
          {audit.brokenMore}
        </Alert>
      )}
    </SpaceBetween>
  );
}
