import { text } from "../../../catalogue/index.ts";
import { number } from "../../../frame/format.ts";
import { groupTotals, STATE_GROUP_NAMES } from "./state-groups.ts";

/** How many jobs are in which state, each a filter of one press. */
export function QuickFilters({
  totals,
  shown,
  onShow,
}: {
  readonly totals: Readonly<Record<string, number>> | undefined;
  /** A group, or empty for all. */
  readonly shown: string;
  readonly onShow: (group: string) => void;
}) {
  const said = text.jobs.groups;
  const counts = groupTotals(totals ?? {});
  const all = Object.values(totals ?? {}).reduce((sum, count) => sum + count, 0);
  const chip = (group: string, name: string, count: number) => (
    <button
      key={group}
      type="button"
      className="chip numbers"
      aria-pressed={shown === group}
      onClick={() => onShow(shown === group ? "" : group)}
    >
      {name} <span className="chip-count">{totals === undefined ? "" : number(count)}</span>
    </button>
  );
  return (
    <fieldset className="chips">
      <legend className="visually-hidden">{said.title}</legend>
      {chip("", said.all, all)}
      {STATE_GROUP_NAMES.map((group) => chip(group, said[group], counts[group]))}
    </fieldset>
  );
}
