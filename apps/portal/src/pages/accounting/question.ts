/** What the page shows, as it stands in the address; lists are separated by commas. */
export const USUAL = {
  span: "30d",
  from: "",
  to: "",
  by: "user",
  each: "auto",
  show: "cpu",
  cluster: "",
  user: "",
  account: "",
  partition: "",
  application: "",
};
export type Question = Readonly<typeof USUAL>;

export const FILTERS = ["cluster", "user", "account", "partition", "application"] as const;
export type FilterName = (typeof FILTERS)[number];

export function isFilterName(text: string): text is FilterName {
  return FILTERS.some((name) => name === text);
}

export function listIn(text: string): readonly string[] {
  return text.split(",").filter((word) => word !== "");
}

/** The filters of it, as the interface takes them. */
export function filtersOf(question: Question): Partial<Record<FilterName, string[]>> {
  const chosen = FILTERS.map((name) => [name, [...listIn(question[name])]] as const);
  return Object.fromEntries(chosen.filter(([, names]) => names.length > 0));
}
