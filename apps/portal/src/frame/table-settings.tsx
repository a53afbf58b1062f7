import CollectionPreferences, {
  type CollectionPreferencesProps,
} from "@cloudscape-design/components/collection-preferences";
import type { TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { text } from "../catalogue/index.ts";
import { remember, remembered } from "./memory.ts";

/** A column as Cloudscape has it, and whether it is shown before anybody chose. */
export interface Column<Item> extends TableProps.ColumnDefinition<Item> {
  readonly id: string;
  /** Its name in the choice of columns, where the header is more than words. */
  readonly title: string;
  readonly isHidden?: boolean;
  /** Shown whatever is chosen. */
  readonly isFixed?: boolean;
}

export type TableSettings = CollectionPreferencesProps.Preferences<unknown>;

const SIZES = [20, 50, 100, 200];

/** How somebody wants a table, kept in the browser under its name. */
export function useTableSettings<Item>(
  name: string,
  columns: readonly Column<Item>[],
): readonly [TableSettings, (settings: TableSettings) => void] {
  const key = `table.${name}`;
  const [settings, setSettings] = useState<TableSettings>(() => ({
    pageSize: 50,
    wrapLines: false,
    stripedRows: false,
    ...remembered<TableSettings>(key),
  }));
  const known = settings.contentDisplay ?? [];
  const contentDisplay = [
    ...known.filter(({ id }) => columns.some((column) => column.id === id)),
    // Columns that are new since then.
    ...columns
      .filter(({ id }) => !known.some((one) => one.id === id))
      .map(({ id, isHidden }) => ({ id, visible: isHidden !== true })),
  ];
  return [
    { ...settings, contentDisplay },
    (next) => {
      setSettings(next);
      remember(key, next);
    },
  ];
}

export function SettingsButton<Item>({
  columns,
  settings,
  onChange,
}: {
  readonly columns: readonly Column<Item>[];
  readonly settings: TableSettings;
  readonly onChange: (settings: TableSettings) => void;
}) {
  const said = text.frame.table;
  return (
    <CollectionPreferences
      title={said.preferences}
      confirmLabel={said.confirm}
      cancelLabel={said.cancel}
      preferences={settings}
      onConfirm={({ detail }) => onChange(detail)}
      pageSizePreference={{
        title: said.pageSize,
        options: SIZES.map((value) => ({ value, label: said.rows(value) })),
      }}
      wrapLinesPreference={{ label: said.wrap, description: said.wrapMore }}
      stripedRowsPreference={{ label: said.striped, description: said.stripedMore }}
      contentDisplayPreference={{
        title: said.columns,
        description: said.columnsMore,
        options: columns.map(({ id, title, isFixed = false }) => ({
          id,
          label: title,
          alwaysVisible: isFixed,
        })),
      }}
    />
  );
}
