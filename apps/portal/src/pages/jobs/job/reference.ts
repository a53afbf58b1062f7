interface Change {
  readonly count?: number;
  readonly id?: number;
  readonly label?: string;
  readonly arrayJobId?: number;
}

/** Whether a change of jobs may be one of those that `reference` names: `12`, `12_3`, `12_[1-5]`. */
export function concerns(reference: string, change: unknown): boolean {
  if (typeof change !== "object" || change === null) return true;
  const { count, id, label, arrayJobId } = change as Change;
  // Many at once are not told one by one.
  if (count !== undefined || label === undefined) return true;
  if (label === reference) return true;
  const [number] = reference.split("_", 1);
  return `${id}` === reference || `${arrayJobId}` === number;
}

/** The number of the array when `reference` names all of it. */
export function arrayOf(
  reference: string,
  array: { readonly id: number } | undefined,
): number | undefined {
  return array !== undefined && `${array.id}` === reference ? array.id : undefined;
}
