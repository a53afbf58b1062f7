import Box from "@cloudscape-design/components/box";
import PieChart from "@cloudscape-design/components/pie-chart";
import type { UseMeasures } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { useIsDark } from "../../frame/appearance.ts";
import { number, percent } from "../../frame/format.ts";
import { Empty } from "../../frame/states.tsx";
import { coloursOf } from "./colours.ts";
import "./accounting.css";

const ENDS = [
  ["completed", 0],
  ["failed", 5],
  ["timedOut", 1],
  ["outOfMemory", 3],
  ["nodeFailed", 4],
  ["cancelled", undefined],
] as const;

/** How jobs ended: a ring, and beside each part's colour its name and number. */
export function EndsChart({ totals }: { readonly totals: UseMeasures }) {
  const said = text.accounting.ends;
  const colours = coloursOf(useIsDark());
  const { ends, jobs } = totals;
  if (jobs === 0) return <Empty title={said.empty} />;
  const parts = ENDS.filter(([name]) => ends[name] > 0).map(([name, colour]) => ({
    title: said[name],
    value: ends[name],
    color: colour === undefined ? colours.others : (colours.own[colour] ?? colours.others),
  }));
  return (
    <>
      <PieChart
        ariaLabel={said.title}
        variant="donut"
        size="small"
        hideFilter
        hideLegend
        hideTitles
        hideDescriptions
        innerMetricValue={number(jobs)}
        innerMetricDescription={said.jobs}
        data={parts}
      />
      <table className="use-ends numbers">
        <tbody>
          {parts.map(({ title, value, color }) => (
            <tr key={title}>
              <th scope="row">
                <svg viewBox="0 0 1 1" aria-hidden="true">
                  <rect width="1" height="1" fill={color} />
                </svg>
                {title}
              </th>
              <td>{number(value)}</td>
              <td>
                <Box color="text-body-secondary">{percent(value / jobs)}</Box>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
