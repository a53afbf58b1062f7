import { setImmediate } from "node:timers/promises";
import { expandHostList } from "@sluice/slurm";
import { SLICE } from "./cluster-jobs.ts";
import type { CachedJob, JobFilter, JobSort, JobVisibility } from "./contract.ts";
import type { JobTable } from "./job-table.ts";
import { type Order, type Place, precedes } from "./order.ts";
import { isFinishedState } from "./records.ts";

/** Longer lists of nodes are no job's. */
const MOST_NODES = 20_000;

export interface TableSearch {
  readonly cluster: string;
  readonly visibility: JobVisibility;
  readonly filter: JobFilter;
  readonly order: Order;
  /** Only what comes after it. */
  readonly after: Place | undefined;
  readonly limit: number;
}

export interface TableHits {
  /** In order, at most `limit`; without the job where it went while the rest was looked at. */
  readonly hits: readonly { readonly place: Place; readonly job: CachedJob | undefined }[];
  readonly total: number;
  readonly totals: ReadonlyMap<string, number>;
}

type Test = (row: number) => boolean;

/** Looks at every row, some at a time, so that others get their turn in between. */
export async function searchTable(table: JobTable, search: TableSearch): Promise<TableHits> {
  const isWanted = testOf(table, search.visibility, search.filter);
  const states = search.filter.states;
  const hasState = states === undefined ? undefined : anyOf(table.texts.state, states);
  const best = new Best(search.order, search.limit);
  const totals = new Map<string, number>();
  let total = 0;
  for (let row = 0; row < table.end; row++) {
    if (row % SLICE === SLICE - 1) await setImmediate();
    if (!table.has(row) || !isWanted(row)) continue;
    const state = table.texts.state.get(row);
    totals.set(state, (totals.get(state) ?? 0) + 1);
    if (hasState?.(row) === false) continue;
    total++;
    const place = placeOf(table, search, row);
    if (search.after === undefined || precedes(search.after, place, search.order)) {
      best.offer(row, place);
    }
  }
  // A row may have become another job's, and other people's, while the rest was looked at.
  const isSame = (row: number, { id, submitted }: Place): boolean =>
    table.numbers.id.get(row) === id &&
    Object.is(table.numbers.submitTime.get(row), submitted) &&
    isWanted(row);
  const hits = best.rows.map(({ row, place }) => ({
    place,
    job: isSame(row, place) ? table.view(search.cluster, row) : undefined,
  }));
  return { hits, total, totals };
}

function placeOf(table: JobTable, { cluster, order }: TableSearch, row: number): Place {
  return {
    value: sortValue(table, order.sort, row),
    cluster,
    id: table.numbers.id.get(row),
    submitted: table.numbers.submitTime.get(row),
  };
}

function sortValue({ numbers, texts }: JobTable, sort: JobSort, row: number): Place["value"] {
  switch (sort) {
    case "name":
    case "user":
    case "account":
    case "partition":
    case "qos":
    case "state":
      return texts[sort].get(row);
    default: {
      const value = numbers[sort].get(row);
      return Number.isNaN(value) ? undefined : value;
    }
  }
}

/** The first `limit` of what is offered, in order. */
class Best {
  readonly #order: Order;
  readonly #limit: number;
  #rows: { readonly row: number; readonly place: Place }[] = [];
  #worst: Place | undefined;

  constructor(order: Order, limit: number) {
    this.#order = order;
    this.#limit = limit;
  }

  get rows(): readonly { readonly row: number; readonly place: Place }[] {
    this.#cut();
    return this.#rows;
  }

  offer(row: number, place: Place): void {
    if (this.#worst !== undefined && !precedes(place, this.#worst, this.#order)) return;
    this.#rows.push({ row, place });
    if (this.#rows.length >= this.#limit * 3) this.#cut();
  }

  #cut(): void {
    this.#rows.sort((a, b) => (precedes(a.place, b.place, this.#order) ? -1 : 1));
    this.#rows.length = Math.min(this.#rows.length, this.#limit);
    if (this.#rows.length === this.#limit) this.#worst = this.#rows.at(-1)?.place;
  }
}

function testOf(table: JobTable, visibility: JobVisibility, filter: JobFilter): Test {
  const { texts, numbers } = table;
  const tests: Test[] = [];
  if (visibility !== "all") {
    const isOwn = anyOf(texts.user, visibility.users);
    const isOfAccount = anyOf(texts.account, visibility.accounts);
    tests.push((row) => isOwn(row) || isOfAccount(row));
  }
  const choices = {
    users: "user",
    accounts: "account",
    partitions: "partition",
    qos: "qos",
  } as const;
  for (const [of, column] of Object.entries(choices) as [keyof typeof choices, "user"][]) {
    const values = filter[of];
    if (values !== undefined) tests.push(anyOf(texts[column], values));
  }
  if (filter.name !== undefined) tests.push(anyOf(texts.name, [filter.name]));
  const { node, isFinished, arrayJobId } = filter;
  if (node !== undefined) tests.push(texts.nodes.memo((nodes) => hasNode(nodes, node)));
  if (isFinished !== undefined) {
    tests.push(texts.state.memo((state) => isFinishedState(state) === isFinished));
  }
  if (arrayJobId !== undefined) tests.push((row) => numbers.arrayJobId.get(row) === arrayJobId);
  tests.push(...timeTests(table, filter));
  for (const word of wordsOf(filter.text)) tests.push(hasWord(table, word));
  return (row) => tests.every((test) => test(row));
}

function timeTests({ numbers }: JobTable, filter: JobFilter): readonly Test[] {
  const { submittedAfter, submittedBefore, endedAfter, endedBefore } = filter;
  const after = (column: "submitTime" | "endTime", time: Date | undefined): Test[] =>
    time === undefined ? [] : [(row) => numbers[column].get(row) >= time.getTime()];
  const before = (column: "submitTime" | "endTime", time: Date | undefined): Test[] =>
    time === undefined ? [] : [(row) => numbers[column].get(row) < time.getTime()];
  return [
    ...after("submitTime", submittedAfter),
    ...before("submitTime", submittedBefore),
    ...after("endTime", endedAfter),
    ...before("endTime", endedBefore),
  ];
}

function wordsOf(text = ""): readonly string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
}

function hasWord(table: JobTable, word: string): Test {
  const { name, user, account, partition, state, nodes } = table.texts;
  const columns = [name, user, account, partition, state, nodes].map((column) =>
    column.memo((text) => text.toLowerCase().includes(word)),
  );
  const inText: Test = (row) => columns.some((test) => test(row));
  if (!/^[\d_[\],%-]+$/.test(word)) return inText;
  return (row) =>
    inText(row) ||
    table.label(row).includes(word) ||
    String(table.numbers.id.get(row)).includes(word);
}

function anyOf(
  column: { memo(isWanted: (text: string) => boolean): Test },
  values: readonly string[],
): Test {
  const wanted = new Set(values);
  return column.memo((text) => wanted.has(text));
}

function hasNode(nodes: string, node: string): boolean {
  if (nodes === "") return false;
  try {
    return expandHostList(nodes, MOST_NODES).includes(node);
  } catch {
    return false;
  }
}
