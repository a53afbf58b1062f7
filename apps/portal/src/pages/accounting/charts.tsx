import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Use } from "@sluice/api";
import { useRef } from "react";
import { text } from "../../catalogue/index.ts";
import { notifyError } from "../../frame/notices.tsx";
import { EndsChart } from "./ends-chart.tsx";
import { placeName } from "./labels.ts";
import { isMeasure, MEASURES, type MeasureName } from "./measures.ts";
import type { FilterName, Question } from "./question.ts";
import { savePicture } from "./save-picture.ts";
import { MOST_SERIES, seriesOf } from "./series.ts";
import { type Grain, places as placesOf, type Span } from "./spans.ts";
import { UseChart } from "./use-chart.tsx";
import "./accounting.css";

const GRAINS = ["auto", "day", "week", "month"] as const;

/** Use over time, and how jobs ended. */
export function Charts({
  question,
  groups,
  onChange,
  sums,
  times,
  span,
  grain,
}: {
  readonly question: Question & { readonly by: FilterName };
  readonly groups: readonly FilterName[];
  readonly onChange: (change: Partial<Record<keyof Question, string>>) => void;
  readonly sums: Use;
  readonly times: Use | undefined;
  readonly span: Span;
  readonly grain: Grain;
}) {
  const said = text.accounting;
  const chart = useRef<HTMLDivElement>(null);
  const show: MeasureName = isMeasure(question.show) ? question.show : "cpu";
  const measure = MEASURES[show];
  const { by: group } = question;
  const places = placesOf(span, grain);
  const ranked = sums.rows.toSorted((a, b) => (measure.of(b) ?? 0) - (measure.of(a) ?? 0));
  const shownMost = measure.isSum ? ranked : sums.rows;
  const series = seriesOf(times?.rows ?? [], shownMost, { group, grain, places, measure });
  const title = said.chart.title(said.measures[show], said.groups[group]);
  const save = () => {
    const { current } = chart;
    if (current === null) return;
    savePicture(current, `${show}-${group}-${span.from}-${span.to}.png`).catch((error: unknown) =>
      notifyError(error, said.chart.pictureFailed),
    );
  };
  return (
    <div className="use-charts">
      <Container
        header={
          <Header
            variant="h2"
            description={sums.totals.running > 0 ? said.chart.running : undefined}
            actions={
              <Button
                iconName="download"
                disabled={places.length === 0 || sums.rows.length === 0}
                onClick={save}
              >
                {said.chart.picture}
              </Button>
            }
          >
            {title}
          </Header>
        }
      >
        <SpaceBetween size="s">
          <div className="use-filters">
            <Choice
              label={said.measure}
              names={Object.keys(MEASURES) as MeasureName[]}
              words={said.measures}
              chosen={show}
              onChoose={(name) => onChange({ show: name })}
            />
            <Choice
              label={said.by}
              names={groups}
              words={said.groups}
              chosen={group}
              onChoose={(name) => onChange({ by: name })}
            />
            <Choice
              label={said.each}
              names={GRAINS}
              words={said.times}
              chosen={GRAINS.find((name) => name === question.each) ?? "auto"}
              onChoose={(name) => onChange({ each: name })}
            />
          </div>
          <div ref={chart} className="use-picture">
            <Box color="text-body-secondary" fontSize="body-s">
              {said.chart.caption(title, placeName(span.from, "day"), placeName(span.to, "day"))}
            </Box>
            <UseChart
              {...{ title, series, places, grain, measure, group }}
              others={sums.rows.length - MOST_SERIES}
            />
          </div>
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">{said.ends.title}</Header>}>
        <EndsChart totals={sums.totals} />
      </Container>
    </div>
  );
}

function Choice<Name extends string>({
  label,
  names,
  words,
  chosen,
  onChoose,
}: {
  readonly label: string;
  readonly names: readonly Name[];
  readonly words: Readonly<Record<Name, string>>;
  readonly chosen: Name;
  readonly onChoose: (name: string) => void;
}) {
  const options = names.map((name) => ({ value: name, label: words[name] }));
  return (
    <FormField label={label}>
      <Select
        options={options}
        selectedOption={{ value: chosen, label: words[chosen] }}
        onChange={({ detail }) => onChoose(detail.selectedOption.value ?? chosen)}
      />
    </FormField>
  );
}
