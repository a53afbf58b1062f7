import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Home, Limit } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { number } from "../../frame/format.ts";
import "./home.css";

/** Slurm's limits with what is used of them, and one's fair share. Nothing when Slurm sets none. */
export function MyLimits({ home }: { readonly home: Home }) {
  const said = text.home.limits;
  const { limits, fairShares, clusters } = home;
  if (clusters.length === 0) return undefined;
  const isOnSeveral = clusters.length > 1;
  return (
    <Container header={<Header variant="h2">{said.title}</Header>}>
      <SpaceBetween size="m">
        {limits.length === 0 && <Box color="text-body-secondary">{said.empty}</Box>}
        {limits.map((limit) => (
          <LimitBar key={keyOf(limit)} limit={limit} isOnSeveral={isOnSeveral} />
        ))}
        {fairShares.length > 0 && (
          <div>
            {fairShares.map(({ cluster, account, factor }) => (
              <div key={`${cluster} ${account}`} className="home-limit">
                <span>
                  {said.fairShare(account)}
                  {isOnSeveral && ` ${said.onCluster(cluster)}`}
                </span>
                <span className="numbers">{number(factor, 2)}</span>
              </div>
            ))}
            <Box color="text-body-secondary" fontSize="body-s">
              {said.fairShareMore}
            </Box>
          </div>
        )}
      </SpaceBetween>
    </Container>
  );
}

function LimitBar({
  limit,
  isOnSeveral,
}: {
  readonly limit: Limit;
  readonly isOnSeveral: boolean;
}) {
  const said = text.home.limits;
  const { used, limit: most, of, account, cluster } = limit;
  const whose = [
    of === "account" ? said.ofAccount(account) : said.ofUser,
    ...(isOnSeveral ? [said.onCluster(cluster)] : []),
  ].join(", ");
  const part = used === undefined ? undefined : most === 0 ? 1 : Math.min(1, used / most);
  return (
    <div className="home-limit">
      <span>{nameOf(limit)}</span>
      <span className="numbers">
        {used === undefined ? said.atMost(number(most)) : said.used(number(used), number(most))}
      </span>
      {part !== undefined && (
        <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
          <rect className={part >= 0.9 ? "home-limit-near" : ""} width={part * 100} height="1" />
        </svg>
      )}
      <Box color="text-body-secondary" fontSize="body-s">
        {whose}
      </Box>
    </div>
  );
}

function nameOf({ name, resource }: Limit): string {
  const { words, resources, singular } = text.home.limits;
  const what = words[name] ?? name;
  if (resource === undefined) return what;
  const isTime = name.endsWith("Mins");
  const of = (isTime ? singular : resources)[resource] ?? resource;
  return isTime ? `${of}-${what}` : `${of} ${what}`;
}

function keyOf({ cluster, of, account, name, resource = "" }: Limit): string {
  return [cluster, of, account, name, resource].join(" ");
}
