export const logView = {
  find: "Find in the text",
  matches: (at: number, count: number, isMore: boolean) =>
    count === 0 ? "Nothing found" : `${at} of ${count}${isMore ? " or more" : ""}`,
  next: "Next match",
  previous: "Previous match",
  follow: "Follow",
  wrap: "Wrap lines",
  toEnd: (lines: number) =>
    lines === 0
      ? "Go to the end"
      : lines === 1
        ? "Go to the end (1 new line)"
        : `Go to the end (${lines} new lines)`,
  earlier: "Show earlier lines",
  noRoom: "Earlier lines are not kept here. Download the whole to read them.",
  live: "Live",
  ended: "Complete",
  nothing: "Nothing has been written yet.",
  nothingAtAll: "Nothing was written.",
};
