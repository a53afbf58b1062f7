import type { ApplicationField } from "@sluice/api";
import { text } from "../../catalogue/index.ts";

/** What a field takes, in few words, where its name does not say it. */
export function constraintOf({ type, min, max, maxLength }: ApplicationField): string | undefined {
  const said = text.submit;
  const bounds = boundsOf(min, max);
  switch (type) {
    case "duration":
      return bounds ?? said.duration;
    case "memory":
      return bounds ?? said.memory;
    case "words":
      return said.words;
    case "text":
      return maxLength === undefined ? undefined : said.checks.atMostCharacters(maxLength);
    case "number":
    case "integer":
    case "date":
      return bounds;
    default:
      return undefined;
  }
}

/** A bound above all that anybody means is none. */
const FAR = 1000;

function boundsOf(min: ApplicationField["min"], max: ApplicationField["max"]): string | undefined {
  const said = text.submit;
  const near = typeof max === "number" && max > FAR ? undefined : max;
  if (min !== undefined && near !== undefined) return said.between(min, near);
  if (near !== undefined) return said.upTo(near);
  return min === undefined ? undefined : said.from(min);
}
