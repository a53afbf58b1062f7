/** Whether two values of cluster files say the same; a key that is undefined is not there. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  if (!isSection(a) || !isSection(b)) return false;
  return Object.keys({ ...a, ...b }).every((key) => sameValue(a[key], b[key]));
}

export function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
