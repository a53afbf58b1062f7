import Container from "@cloudscape-design/components/container";
import type { ReactNode } from "react";
import "./plain-table.css";

export interface PlainColumn<Item> {
  readonly id: string;
  readonly header: string;
  readonly cell: (item: Item) => ReactNode;
  readonly isRowHeader?: boolean;
}

/**
 * A short table that nobody sorts, filters or chooses in: a tenth of what Cloudscape's has the
 * browser load, for the page that is seen first.
 */
export function PlainTable<Item>({
  title,
  header,
  above,
  items,
  idOf,
  columns,
  empty,
}: {
  /** Read aloud. */
  readonly title: string;
  readonly header: ReactNode;
  /** Between header and rows. */
  readonly above?: ReactNode;
  readonly items: readonly Item[];
  readonly idOf: (item: Item) => string;
  readonly columns: readonly PlainColumn<Item>[];
  readonly empty: ReactNode;
}) {
  return (
    <Container header={header} disableContentPaddings={items.length > 0}>
      {above !== undefined && <div className="plain-table-above">{above}</div>}
      {items.length === 0 ? (
        empty
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what may scroll is reached by keys
        <section className="plain-table" aria-label={title} tabIndex={0}>
          <table aria-label={title}>
            <thead>
              <tr>
                {columns.map(({ id, header: name }) => (
                  <th key={id} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <tr key={idOf(item)}>
                  {columns.map(({ id, cell, isRowHeader = false }) =>
                    isRowHeader ? (
                      <th key={id} scope="row">
                        {cell(item)}
                      </th>
                    ) : (
                      <td key={id}>{cell(item)}</td>
                    ),
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Container>
  );
}
