import type { ApplicationField, TriggerView, TriggerWish } from "@sluice/api";
import { stringify } from "yaml";
import type { SourceKind } from "./trigger-words.ts";

/** A trigger as its form has it: every field a text, so that what is half written can be kept. */
export interface TriggerDraft {
  readonly name: string;
  readonly cluster: string;
  readonly application: string;
  readonly applicationVersion: number | undefined;
  readonly values: Readonly<Record<string, string>>;
  readonly kind: SourceKind;
  readonly path: string;
  readonly pattern: string;
  readonly settleSeconds: string;
  readonly everySeconds: string;
  readonly existing: boolean;
  readonly queue: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly missed: "none" | "last" | "all";
  readonly scheme: "sluice" | "github";
  readonly retries: string;
  readonly perMinute: string;
  readonly keepDays: string;
}

/** What has to be known of a field to read what was written for it. */
export type FieldKind = Pick<ApplicationField, "name" | "type" | "isList">;

export function emptyDraft(timeZone: string): TriggerDraft {
  return {
    ...{ name: "", cluster: "", application: "", applicationVersion: undefined, values: {} },
    ...{ kind: "folder", path: "", pattern: "*", settleSeconds: "10", everySeconds: "10" },
    ...{ existing: false, queue: "", bucket: "", prefix: "", suffix: "" },
    ...{ cron: "0 6 * * *", timeZone, missed: "last", scheme: "sluice" },
    ...{ retries: "8", perMinute: "60", keepDays: "90" },
  };
}

export function draftOf(trigger: TriggerView, timeZone: string): TriggerDraft {
  const { name, cluster, application, applicationVersion, source, values = {} } = trigger;
  const { retries, perMinute, keepDays } = trigger;
  const texts = Object.entries(source).map(([key, value]): [string, unknown] => [
    key,
    typeof value === "number" ? `${value}` : value,
  ]);
  return {
    ...emptyDraft(timeZone),
    ...Object.fromEntries(texts),
    ...{ name, cluster, application, applicationVersion },
    values: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, textOf(value)])),
    retries: `${retries ?? 8}`,
    perMinute: `${perMinute ?? 60}`,
    keepDays: `${keepDays ?? 90}`,
  };
}

/** What the form says, as the interface takes it; empty values are left out. */
export function wishOf(draft: TriggerDraft, fields: readonly FieldKind[]): TriggerWish {
  const kinds = new Map(fields.map((field) => [field.name, field]));
  const values = Object.entries(draft.values)
    .filter(([, value]) => value.trim() !== "")
    .map(([name, value]) => [name, fieldValue(value.trim(), kinds.get(name))]);
  const { name, cluster, application, applicationVersion } = draft;
  return {
    ...{ name: name.trim(), cluster, application },
    ...(applicationVersion === undefined ? {} : { applicationVersion }),
    values: Object.fromEntries(values),
    source: sourceOf(draft),
    retries: Number(draft.retries),
    perMinute: Number(draft.perMinute),
    keepDays: Number(draft.keepDays),
  };
}

function sourceOf(draft: TriggerDraft): TriggerWish["source"] {
  const { kind } = draft;
  switch (kind) {
    case "folder":
      return {
        ...{ kind, path: draft.path.trim(), pattern: draft.pattern.trim() || "*" },
        settleSeconds: Number(draft.settleSeconds),
        existing: draft.existing,
        everySeconds: Number(draft.everySeconds),
      };
    case "objects":
      return {
        ...{ kind, queue: draft.queue.trim(), bucket: draft.bucket.trim() },
        ...{ prefix: draft.prefix, suffix: draft.suffix },
      };
    case "schedule":
      return {
        ...{ kind, cron: draft.cron.trim(), timeZone: draft.timeZone, missed: draft.missed },
      };
    case "web-hook":
      return { kind, scheme: draft.scheme };
    default:
      return kind satisfies never;
  }
}

/** Places such as `{{event.path}}` are filled in later, whatever the field takes. */
function fieldValue(value: string, field: FieldKind | undefined): unknown {
  const type = field?.type;
  if (field?.isList === true) return value.split("\n").map((line) => line.trim());
  if (value.includes("{{")) return value;
  if (type === "boolean" && /^(true|false)$/.test(value)) return value === "true";
  if ((type === "integer" || type === "number") && Number.isFinite(Number(value))) {
    return Number(value);
  }
  return value;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join("\n") : JSON.stringify(value);
}

/** As `sluice triggers create --file` takes it. */
export function yamlOf(wish: TriggerWish): string {
  return stringify(wish, { lineWidth: 0 });
}

export interface DraftProblems {
  readonly name?: "name";
  readonly cluster?: "missing";
  readonly application?: "missing";
  readonly path?: "absolute";
  readonly queue?: "missing";
  readonly bucket?: "missing";
  readonly cron?: "missing";
  readonly settleSeconds?: "number";
  readonly everySeconds?: "number";
  readonly retries?: "number";
  readonly perMinute?: "number";
  readonly keepDays?: "number";
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}$/;

/** What can be told without the server. */
export function problemsOf(draft: TriggerDraft): DraftProblems {
  const { kind } = draft;
  const isWhole = (text: string) => /^\d+$/.test(text.trim());
  return {
    ...(NAME.test(draft.name.trim()) ? {} : { name: "name" }),
    ...(draft.cluster === "" ? { cluster: "missing" } : {}),
    ...(draft.application === "" ? { application: "missing" } : {}),
    ...(kind === "folder" && !draft.path.trim().startsWith("/") ? { path: "absolute" } : {}),
    ...(kind === "folder" && !isWhole(draft.settleSeconds) ? { settleSeconds: "number" } : {}),
    ...(kind === "folder" && !isWhole(draft.everySeconds) ? { everySeconds: "number" } : {}),
    ...(kind === "objects" && draft.queue.trim() === "" ? { queue: "missing" } : {}),
    ...(kind === "objects" && draft.bucket.trim() === "" ? { bucket: "missing" } : {}),
    ...(kind === "schedule" && draft.cron.trim() === "" ? { cron: "missing" } : {}),
    ...(isWhole(draft.retries) ? {} : { retries: "number" }),
    ...(isWhole(draft.perMinute) ? {} : { perMinute: "number" }),
    ...(isWhole(draft.keepDays) ? {} : { keepDays: "number" }),
  };
}
