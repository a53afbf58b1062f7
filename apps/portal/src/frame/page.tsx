import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import { type ReactNode, useEffect } from "react";
import { text } from "../catalogue/index.ts";

export interface Crumb {
  readonly text: string;
  readonly href: string;
}

/** One page: its name in the window, where it is, its header, its content. */
export function Page({
  title,
  crumbs = [],
  description,
  info,
  actions,
  children,
}: {
  readonly title: string;
  /** From the first page after home to the one above this. */
  readonly crumbs?: readonly Crumb[];
  readonly description?: ReactNode;
  /** Beside the title, as a state. */
  readonly info?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · ${text.frame.product}`;
  }, [title]);
  return (
    <ContentLayout
      breadcrumbs={
        crumbs.length > 0 && (
          <BreadcrumbGroup
            ariaLabel={text.frame.breadcrumbs}
            items={[...crumbs, { text: title, href: "" }]}
          />
        )
      }
      header={
        <Header variant="h1" description={description} info={info} actions={actions}>
          {title}
        </Header>
      }
    >
      {children}
    </ContentLayout>
  );
}
