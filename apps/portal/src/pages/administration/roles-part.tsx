import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { ROLES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";

/** What each role may do, the least first. */
export function RolesPart() {
  const { roles, parts } = text.administration;
  return (
    <Container
      header={
        <Header variant="h2" description={roles.intro}>
          {parts.roles}
        </Header>
      }
    >
      <ColumnLayout columns={2} borders="horizontal">
        {ROLES.map((role) => (
          <div key={role}>
            <Box variant="h3">{text.frame.roles[role]}</Box>
            <Box color="text-body-secondary">{roles.where[role]}</Box>
            <ul>
              {roles.list[role].map((what) => (
                <li key={what}>{what}</li>
              ))}
            </ul>
          </div>
        ))}
      </ColumnLayout>
    </Container>
  );
}
