import { SluiceError } from "@sluice/model";
import type { EventData } from "./contract.ts";

const PLACE = /\{\{\s*event((?:\.[A-Za-z0-9_-]+)+)\s*\}\}/g;
const WHOLE = new RegExp(`^${PLACE.source}$`);
const ANY = /\{\{[^}]*\}\}/g;

/**
 * Puts the event's values into what the fields are given. A text that is one place and nothing else
 * becomes the value itself, a number or a list too; in a longer text it becomes its words. What comes
 * of it is checked and quoted as anything that a person types.
 *
 * Errors: `TRIGGER_VALUE_MISSING` when the event has no such value.
 */
export function filledIn(values: EventData, event: EventData): EventData {
  return Object.fromEntries(
    Object.entries(values).map(([field, value]) => [field, filled(value, event, field)]),
  );
}

/** Places that read nothing an event could have, such as `{{env.HOME}}`. */
export function strangePlaces(values: EventData): readonly string[] {
  return texts(values).flatMap((text) =>
    (text.match(ANY) ?? []).filter((place) => !new RegExp(`^${PLACE.source}$`).test(place)),
  );
}

function filled(value: unknown, event: EventData, field: string): unknown {
  if (Array.isArray(value)) return value.map((one) => filled(one, event, field));
  if (typeof value !== "string") return value;
  const [, path] = WHOLE.exec(value) ?? [];
  if (path !== undefined) return read(event, path, field);
  return value.replaceAll(PLACE, (_, inside: string) => words(read(event, inside, field)));
}

function read(event: EventData, path: string, field: string): unknown {
  let found: unknown = event;
  for (const key of path.slice(1).split(".")) {
    found =
      typeof found === "object" && found !== null && Object.hasOwn(found, key)
        ? (found as EventData)[key]
        : undefined;
  }
  if (found !== undefined && found !== null) return found;
  throw new SluiceError(
    "TRIGGER_VALUE_MISSING",
    "user",
    `the event has no ${path.slice(1)}, which the field ${field} is to be given`,
    { hint: "see what events have in the trigger's history, and correct its values" },
  );
}

function words(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function texts(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(texts);
}
