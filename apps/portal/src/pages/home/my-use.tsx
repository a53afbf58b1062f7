import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Home } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { amount, money, number } from "../../frame/format.ts";
import { WithoutDatabase } from "../../frame/states.tsx";
import "./home.css";

type Amount = Home["spend"]["today"];

/** What one's jobs used and cost, today and this month. */
export function MyUse({
  spend,
  isMissing,
}: {
  readonly spend: Home["spend"];
  /** It can't be read now. */
  readonly isMissing: boolean;
}) {
  const said = text.home.spend;
  const { today, month } = spend;
  const rows = [
    { name: said.cost, of: ({ cost }: Amount) => money(cost) },
    { name: said.cpuHours, of: ({ cpuSeconds }: Amount) => hours(cpuSeconds) },
    ...(month.gpuSeconds > 0
      ? [{ name: said.gpuHours, of: ({ gpuSeconds }: Amount) => hours(gpuSeconds) }]
      : []),
    { name: said.ended, of: ({ jobs }: Amount) => number(jobs) },
  ];
  return (
    <Container
      header={
        <Header variant="h2" actions={<Link href="/accounting">{said.all}</Link>}>
          {said.title}
        </Header>
      }
    >
      {isMissing ? (
        <WithoutDatabase />
      ) : (
        <SpaceBetween size="s">
          <table className="home-use numbers">
            <thead>
              <tr>
                <td />
                <th scope="col">{said.today}</th>
                <th scope="col">{said.month}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ name, of }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{of(today)}</td>
                  <td>{of(month)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <Box color="text-body-secondary" fontSize="body-s">
            {said.note} {!month.isWhole && said.partly}
          </Box>
        </SpaceBetween>
      )}
    </Container>
  );
}

function hours(seconds: number): string {
  return amount(seconds / 3600);
}
