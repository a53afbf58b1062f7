import Tabs from "@cloudscape-design/components/tabs";
import { type ComponentType, lazy, Suspense } from "react";
import { useNavigate, useParams } from "react-router";
import { text } from "../../catalogue/index.ts";
import { Page } from "../../frame/page.tsx";
import { Loading, NotFound } from "../../frame/states.tsx";
import { GroupsPart } from "./groups/groups-part.tsx";
import { OnlyAdministrators } from "./only-administrators.tsx";
import { RolesPart } from "./roles-part.tsx";
import { UsersPart } from "./users/users-part.tsx";

const PARTS = {
  users: UsersPart,
  groups: GroupsPart,
  roles: RolesPart,
  audit: lazy(() => import("./audit/audit-part.tsx")),
  health: lazy(() => import("./health/health-part.tsx")),
} satisfies Record<string, ComponentType>;

type Part = keyof typeof PARTS;

function isPart(name: string): name is Part {
  return Object.hasOwn(PARTS, name);
}

export default function AdministrationPage() {
  const { part = "users" } = useParams();
  const navigate = useNavigate();
  if (!isPart(part)) return <NotFound />;
  const title = text.frame.pages.administration;
  const Shown = PARTS[part];
  const names = Object.keys(PARTS) as Part[];
  return (
    <OnlyAdministrators>
      <Page title={title}>
        <Tabs
          activeTabId={part}
          ariaLabel={title}
          onChange={({ detail }) => void navigate(detail.activeTabHref ?? "/administration")}
          tabs={names.map((id) => ({
            id,
            label: text.administration.parts[id],
            href: `/administration/${id}`,
            content: id === part && (
              <Suspense fallback={<Loading />}>
                <Shown />
              </Suspense>
            ),
          }))}
        />
      </Page>
    </OnlyAdministrators>
  );
}
