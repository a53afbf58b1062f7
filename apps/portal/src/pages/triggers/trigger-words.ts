import type { TriggerSourceView, TriggerView } from "@sluice/api";
import { text } from "../../catalogue/index.ts";

/** What a trigger waits for, in a few words. */
export function sourceWords(source: TriggerView["source"]): string {
  const { shown } = text.triggers;
  switch (source.kind) {
    case "folder":
      return shown.folder(source.path, source.pattern ?? "*");
    case "objects":
      return shown.objects(source.bucket, source.prefix ?? "");
    case "schedule":
      return shown.schedule(source.cron, source.timeZone ?? "UTC");
    case "web-hook":
      return shown["web-hook"](source.scheme ?? "sluice");
    default:
      return source satisfies never;
  }
}

/** What an event is called by: a file, an object, a time, or what identifies it. */
export function eventWords(event: Readonly<Record<string, unknown>>, identity: string): string {
  const named = ["path", "key", "time", "name"].map((key) => event[key]);
  const found = named.find((value) => typeof value === "string" && value !== "");
  return typeof found === "string" ? found : identity;
}

export type SourceKind = TriggerSourceView["kind"];
