/** Marks ranges of text without changing the document; where a browser can't, nothing is marked. */
export function highlight(name: "log-match" | "log-here", ranges: readonly Range[]): () => void {
  if (!("highlights" in CSS)) return () => {};
  const marks = CSS.highlights.get(name) ?? new Highlight();
  CSS.highlights.set(name, marks);
  for (const range of ranges) marks.add(range);
  return () => {
    for (const range of ranges) marks.delete(range);
  };
}
