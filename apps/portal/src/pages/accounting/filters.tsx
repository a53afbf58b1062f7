import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import DatePicker from "@cloudscape-design/components/date-picker";
import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import { ROUTES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { useRead } from "../../frame/queries.ts";
import { memberName } from "./labels.ts";
import { FILTERS, type FilterName, listIn, type Question } from "./question.ts";
import { isSpan, SPANS, type Span } from "./spans.ts";
import "./accounting.css";

/** What is asked: over which time, and of whom. */
export function Filters({
  question,
  filters,
  span,
  onChange,
}: {
  readonly question: Question;
  /** Those that mean something to the viewer. */
  readonly filters: readonly FilterName[];
  readonly span: Span;
  readonly onChange: (change: Partial<Record<keyof Question, string>>) => void;
}) {
  const said = text.accounting;
  const spans = SPANS.map((name) => ({ value: name, label: said.spans[name] }));
  const isWrong = question.span === "custom" && !isSpan(question);
  return (
    <Container>
      <div className="use-filters">
        <FormField label={said.span}>
          <Select
            options={spans}
            selectedOption={spans.find(({ value }) => value === question.span) ?? null}
            onChange={({ detail }) => {
              const { value = "30d" } = detail.selectedOption;
              // A span of one's own begins as what was shown.
              onChange({ span: value, ...(value === "custom" ? span : { from: "", to: "" }) });
            }}
          />
        </FormField>
        {question.span === "custom" &&
          (["from", "to"] as const).map((name) => (
            <FormField
              key={name}
              label={said[name]}
              errorText={isWrong && name === "from" ? said.wrongDays : undefined}
            >
              <DatePicker
                value={question[name]}
                onChange={({ detail }) => onChange({ [name]: detail.value })}
                format="iso"
              />
            </FormField>
          ))}
        {filters.map((name) => (
          <NameFilter key={name} name={name} span={span} question={question} onChange={onChange} />
        ))}
      </div>
      {FILTERS.some((name) => question[name] !== "") && (
        <Button
          variant="inline-link"
          onClick={() =>
            onChange(
              Object.fromEntries(FILTERS.map((name) => [name, ""])) as Record<FilterName, string>,
            )
          }
        >
          {said.clear}
        </Button>
      )}
    </Container>
  );
}

function NameFilter({
  name,
  span,
  question,
  onChange,
}: {
  readonly name: FilterName;
  readonly span: Span;
  readonly question: Question;
  readonly onChange: (change: Partial<Record<keyof Question, string>>) => void;
}) {
  const said = text.accounting;
  const names = useRead(
    ROUTES.getUse,
    { query: { ...span, by: [name] } },
    { keep: true, staleTime: 60_000 },
  );
  const chosen = listIn(question[name]);
  const known = (names.data?.rows ?? []).map((row) => row[name] ?? "");
  const options = [...new Set([...known, ...chosen])]
    .filter((value) => value !== "")
    .toSorted((one, other) => one.localeCompare(other))
    .map((value): SelectProps.Option & { value: string } => ({
      value,
      label: memberName(value, name),
    }));
  return (
    <FormField label={said.groups[name]}>
      <Multiselect
        options={options}
        selectedOptions={options.filter(({ value }) => chosen.includes(value))}
        placeholder={chosen.length === 0 ? said.all[name] : said.chosen(chosen.length)}
        filteringType={options.length > 8 ? "auto" : "none"}
        filteringPlaceholder={said.find}
        statusType={names.isPending ? "loading" : "finished"}
        empty={text.frame.none}
        tokenLimit={2}
        onChange={({ detail }) =>
          onChange({ [name]: detail.selectedOptions.map(({ value }) => value).join(",") })
        }
      />
    </FormField>
  );
}
