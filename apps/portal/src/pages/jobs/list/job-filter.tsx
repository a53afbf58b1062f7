import DateInput from "@cloudscape-design/components/date-input";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import PropertyFilter, {
  type PropertyFilterProps,
} from "@cloudscape-design/components/property-filter";
import type { Job } from "@sluice/api";
import { useMemo, useRef } from "react";
import { text } from "../../../catalogue/index.ts";
import { stateWords } from "../../../frame/job-state.tsx";
import { useTyped } from "../../../frame/typed.ts";
import { type Filters, filtersOf, PROPERTIES, type Property, tokensOf } from "./filters.ts";
import { STATES } from "./state-groups.ts";

const AGO = ["1h", "24h", "7d", "30d"];

const TIMES: readonly Property[] = ["submitted", "ended"];
const names = [...new Set(PROPERTIES.map(({ property }) => property))];

/** Words to find, and what one filters by beside them. */
export function JobFilter({
  filters,
  onChange,
  jobs,
  clusters,
  seesOthers,
}: {
  readonly filters: Filters;
  readonly onChange: (change: Partial<Filters>) => void;
  /** What is shown, whose values are offered. */
  readonly jobs: readonly Job[];
  /** Names, separated by commas. */
  readonly clusters: string;
  readonly seesOthers: boolean;
}) {
  const said = text.jobs.filter;
  const options = useOptions(jobs, clusters);
  const properties = useMemo(() => propertiesOf(seesOthers), [seesOthers]);
  return (
    <div className="jobs-filter">
      <Search words={filters.text} onChange={(words) => onChange({ text: words })} />
      <PropertyFilter
        query={{ operation: "and", tokens: [...tokensOf(filters)] }}
        onChange={({ detail }) => {
          const next = filtersOf(detail.tokens);
          onChange({ ...next, ...(next.state === "" ? {} : { show: "" }) });
        }}
        filteringProperties={properties}
        filteringOptions={options}
        filteringPlaceholder={said.property}
        filteringAriaLabel={said.property}
        filteringEmpty={said.noValue}
        i18nStrings={{ clearFiltersText: text.frame.states.clearFilter }}
        hideOperations
        disableFreeTextFiltering
        expandToViewport
        tokenLimit={6}
      />
    </div>
  );
}

function Search({
  words,
  onChange,
}: {
  readonly words: string;
  readonly onChange: (words: string) => void;
}) {
  const said = text.jobs.filter;
  const [typed, setTyped] = useTyped(words, onChange);
  return (
    <Input
      type="search"
      value={typed}
      onChange={({ detail }) => setTyped(detail.value)}
      placeholder={said.text}
      ariaLabel={said.text}
      spellcheck={false}
    />
  );
}

function propertiesOf(seesOthers: boolean): PropertyFilterProps.FilteringProperty[] {
  const said = text.jobs.filter;
  return names
    .filter((name) => seesOthers || name !== "user")
    .map((name) => ({
      key: name,
      propertyLabel: said.properties[name],
      groupValuesLabel: said.values[name],
      ...(TIMES.includes(name) ? { defaultOperator: ">=" as const } : {}),
      operators: PROPERTIES.filter(({ property }) => property === name).map(
        ({ operator }): PropertyFilterProps.ExtendedOperator<string> =>
          TIMES.includes(name)
            ? {
                operator,
                description: operator === "<" ? said.before : said.since,
                form: TimeForm,
                format: timeWords,
              }
            : name === "state"
              ? { operator, format: stateWords }
              : { operator },
      ),
    }));
}

/** What a filter for a time says: a day, or so long ago. */
function timeWords(value: string | null): string {
  if (value === null) return "";
  return AGO.includes(value) ? text.jobs.filter.ago(value) : value;
}

function TimeForm({ value, onChange }: PropertyFilterProps.ExtendedOperatorFormProps<string>) {
  const said = text.jobs.filter;
  return (
    <div className="jobs-time">
      <FormField label={said.day} constraintText={said.dayFormat}>
        <DateInput
          value={value?.includes("-") ? value : ""}
          format="iso"
          inputFormat="iso"
          onChange={({ detail }) => onChange(detail.value)}
        />
      </FormField>
      <div className="jobs-ago">
        {AGO.map((one) => (
          <button
            key={one}
            type="button"
            className="chip"
            aria-pressed={value === one}
            onClick={() => onChange(one)}
          >
            {said.ago(one)}
          </button>
        ))}
      </div>
    </div>
  );
}

/** Values that were seen since the page was opened: what is filtered away can be chosen too. */
function useOptions(
  jobs: readonly Job[],
  clusters: string,
): readonly PropertyFilterProps.FilteringOption[] {
  const seen = useRef(new Set<string>());
  return useMemo(() => {
    const add = (property: Property, value: string) => {
      if (value !== "" && seen.current.size < 500) seen.current.add(`${property}\n${value}`);
    };
    for (const cluster of clusters.split(",")) add("cluster", cluster);
    for (const { partition, user, account, qos } of jobs) {
      add("queue", partition);
      add("user", user);
      add("account", account);
      add("qos", qos);
    }
    return [
      ...[...seen.current].toSorted().map((pair) => {
        const [propertyKey = "", value = ""] = pair.split("\n");
        return { propertyKey, value };
      }),
      ...STATES.map((state) => ({ propertyKey: "state", value: state, label: stateWords(state) })),
    ];
  }, [jobs, clusters]);
}
