import { language, text } from "../../catalogue/index.ts";
import type { Grain } from "./spans.ts";

/** Days are of UTC, whatever the viewer's zone is. */
function written(place: string, options: Intl.DateTimeFormatOptions): string {
  const locale = language === "en" ? "en-GB" : language;
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" }).format(new Date(place));
}

/** A place of the axis, short. */
export function placeLabel(place: string, grain: Grain): string {
  if (grain === "month") return written(`${place}-01`, { month: "short", year: "numeric" });
  return written(place, { day: "numeric", month: "short" });
}

/** The same where there is room. */
export function placeName(place: string, grain: Grain): string {
  if (grain === "month") return written(`${place}-01`, { month: "long", year: "numeric" });
  const day = written(place, { day: "numeric", month: "long", year: "numeric" });
  return grain === "week" ? text.accounting.chart.weekOf(day) : day;
}

/** The name of a group's member as people read it. */
export function memberName(name: string, group: string): string {
  if (name !== "") return name;
  return group === "application" ? text.accounting.noApplication : text.accounting.noAccount;
}
