import type { ReactNode } from "react";
import { text } from "../../catalogue/index.ts";
import { Page } from "../../frame/page.tsx";
import { mayBeOnSite, useMe } from "../../frame/session.tsx";
import { Forbidden } from "../../frame/states.tsx";

/** A page of administration; what others would be refused is not asked for. */
export function OnlyAdministrators({ children }: { readonly children: ReactNode }) {
  if (mayBeOnSite(useMe(), "administrator")) return children;
  return (
    <Page title={text.frame.pages.administration}>
      <Forbidden needs="administrator" />
    </Page>
  );
}
