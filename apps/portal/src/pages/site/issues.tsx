import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Icon from "@cloudscape-design/components/icon";
import Link from "@cloudscape-design/components/link";
import type { SiteIssue } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { clusterHref } from "../../frame/addresses.ts";
import { sentence } from "../../frame/format.ts";
import { When } from "../../frame/when.tsx";

/** What is wrong, worst first, and what that means for people; nothing when nothing is. */
export function Issues({ issues }: { readonly issues: readonly SiteIssue[] }) {
  const said = text.site.issues;
  return (
    <Container header={<Header variant="h2">{said.title}</Header>}>
      <ul className="site-issues">
        {issues.map((issue) => (
          <li key={JSON.stringify([issue.kind, issue.zone, issue.machine, issue.cluster])}>
            <Issue issue={issue} />
          </li>
        ))}
      </ul>
    </Container>
  );
}

function Issue({ issue }: { readonly issue: SiteIssue }) {
  const said = text.site.issues;
  const { kind, severity, zone = "", machine = "", cluster = "", reason, since } = issue;
  const about = { zone, machine, cluster };
  const what = said.what[kind](about);
  return (
    <>
      <Icon
        name={severity === "error" ? "status-negative" : "status-warning"}
        variant={severity}
        ariaLabel={said.severities[severity]}
      />
      <div>
        <div>
          <b>{cluster === "" ? what : <Link href={clusterHref(cluster)}>{what}</Link>}</b>
          {since !== undefined && (
            <span className="faint">
              {" "}
              {said.since} <When at={since} />
            </span>
          )}
        </div>
        <div>{said.means[kind](about)}</div>
        {reason !== undefined && (
          <Box color="text-body-secondary" fontSize="body-s">
            {sentence(reason)}
          </Box>
        )}
      </div>
    </>
  );
}
