/** `1 file`, `12,345 files` */
export function count(value: number, one: string, many: string): string {
  return value === 1 ? `1 ${one}` : `${value.toLocaleString("en")} ${many}`;
}
