export interface TableColumn {
  /** Undefined where the table has no line of names. */
  readonly name: string | undefined;
  readonly isNumeric: boolean;
}

const NUMBER =
  /^\s*[+-]?(?:\d[\d,_]*\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?\s*%?\s*$|^\s*[+-]?(?:nan|inf)\s*$/i;

/** What the columns of lines are. A first line with a number in it is no line of names. */
export function columnsOf(lines: readonly (readonly string[])[]): readonly TableColumn[] {
  const [first = []] = lines;
  const hasNames = first.length > 0 && !first.some((value) => NUMBER.test(value));
  const rows = hasNames ? lines.slice(1) : lines;
  const width = lines.reduce((most, line) => Math.max(most, line.length), 0);
  return Array.from({ length: width }, (_, at) => {
    const values = rows.map((row) => row[at] ?? "").filter((value) => value.trim() !== "");
    return {
      name: hasNames ? (first[at] ?? "") : undefined,
      isNumeric: values.length > 0 && values.every((value) => NUMBER.test(value)),
    };
  });
}
