import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import type { Home } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { mayBeOnSite, useMe } from "../../frame/session.tsx";
import "./home.css";

/** For who has nothing here yet: what one may begin with. */
export function FirstSteps({ home }: { readonly home: Home }) {
  const said = text.home.first;
  const isAdministrator = mayBeOnSite(useMe(), "administrator");
  const isSomebody = home.unixUser !== undefined;
  const hasCluster = home.clusters.length > 0;
  const steps = [
    ...(isAdministrator && !hasCluster
      ? [{ href: "/clusters/new", title: said.cluster, more: said.clusterMore }]
      : []),
    ...(isSomebody && hasCluster
      ? [
          { href: "/submit", title: said.submit, more: said.submitMore },
          { href: "/files", title: said.files, more: said.filesMore },
          { href: "/shell", title: said.shell, more: said.shellMore },
        ]
      : []),
    ...(isAdministrator
      ? [{ href: "/administration/users", title: said.users, more: said.usersMore }]
      : []),
    { href: "/account", title: said.token, more: said.tokenMore },
  ];
  return (
    <Container header={<Header variant="h2">{said.title}</Header>}>
      <ul className="home-steps">
        {steps.map(({ href, title, more }) => (
          <li key={href}>
            <Link href={href} fontSize="heading-s">
              {title}
            </Link>
            <Box color="text-body-secondary">{more}</Box>
          </li>
        ))}
      </ul>
    </Container>
  );
}
