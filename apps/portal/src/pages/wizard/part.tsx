import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";

/** A heading of a step, a sentence about it, and its fields. */
export function Part({
  title,
  more,
  actions,
  children,
}: {
  readonly title: string;
  readonly more?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section>
      <div className="part-head">
        <div>
          <Box variant="h2">{title}</Box>
          {more !== undefined && <Box color="text-body-secondary">{more}</Box>}
        </div>
        {actions}
      </div>
      <SpaceBetween size="l">{children}</SpaceBetween>
    </section>
  );
}

/** Two or three fields beside each other where there is room. */
export function Row({ children }: { readonly children: ReactNode }) {
  return <div className="field-row">{children}</div>;
}
