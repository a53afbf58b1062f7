import BarChart from "@cloudscape-design/components/bar-chart";
import LineChart from "@cloudscape-design/components/line-chart";
import { text } from "../../catalogue/index.ts";
import { useIsDark } from "../../frame/appearance.ts";
import { Empty } from "../../frame/states.tsx";
import { coloursOf } from "./colours.ts";
import { memberName, placeLabel, placeName } from "./labels.ts";
import type { Measure } from "./measures.ts";
import type { Series } from "./series.ts";
import type { Grain } from "./spans.ts";

const HEIGHT = 280;

/** Use over time: bars on each other for what adds up, lines for what does not. */
export function UseChart({
  title,
  series,
  places,
  grain,
  measure,
  group,
  others,
}: {
  readonly title: string;
  readonly series: readonly Series[];
  readonly places: readonly string[];
  readonly grain: Grain;
  readonly measure: Measure;
  readonly group: string;
  /** How many groups are in the series without a name. */
  readonly others: number;
}) {
  const said = text.accounting.chart;
  const colours = coloursOf(useIsDark());
  const named = series.map(({ name, values }, index) => ({
    title: name === undefined ? said.others(others) : memberName(name, group),
    color: name === undefined ? colours.others : (colours.own[index] ?? colours.others),
    valueFormatter: measure.shown,
    data: places.flatMap((x, place) => {
      const y = values[place];
      return y === undefined ? [] : [{ x, y }];
    }),
  }));
  const highest = measure.isSum
    ? Math.max(
        0,
        ...places.map((_, place) =>
          series.reduce((sum, { values }) => sum + (values[place] ?? 0), 0),
        ),
      )
    : Math.max(0, ...series.flatMap(({ values }) => values.flatMap((value) => value ?? [])));
  const shared = {
    ariaLabel: title,
    height: HEIGHT,
    hideFilter: true,
    legendTitle: "",
    xDomain: [...places],
    yDomain: [0, highest === 0 ? 1 : highest * 1.05],
    yTickFormatter: (value: number) => measure.shown(value),
    detailPopoverSize: "medium",
    empty: <Empty title={said.empty} more={said.emptyMore} />,
    i18nStrings: {
      xTickFormatter: (place: string) => placeLabel(place, grain),
      detailPopoverDismissAriaLabel: text.frame.actions.close,
    },
  } as const;
  return measure.isSum ? (
    <BarChart<string>
      {...shared}
      stackedBars
      xScaleType="categorical"
      series={named.map((one) => ({ ...one, type: "bar" as const }))}
      detailPopoverFooter={(place) => placeName(place, grain)}
    />
  ) : (
    <LineChart<string>
      {...shared}
      xScaleType="categorical"
      series={named.map((one) => ({ ...one, type: "line" as const }))}
    />
  );
}
