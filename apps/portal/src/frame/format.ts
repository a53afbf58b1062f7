import { language, text } from "../catalogue/index.ts";

/** Numbers, sizes and times as people read them, in the viewer's language and time zone. */

type When = string | number | Date;

const formats = new Map<
  string,
  Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat
>();

function kept<F extends Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat>(
  key: string,
  make: () => F,
): F {
  const name = `${language} ${key}`;
  const found = formats.get(name) ?? make();
  formats.set(name, found);
  return found as F;
}

/** `21 Nov 2026, 14:03:07` */
export function dateTime(when: When | undefined): string {
  if (when === undefined) return "–";
  const format = kept(
    "time",
    () => new Intl.DateTimeFormat(places(), { dateStyle: "medium", timeStyle: "medium" }),
  );
  return format.format(new Date(when));
}

export function date(when: When | undefined): string {
  if (when === undefined) return "–";
  const format = kept("date", () => new Intl.DateTimeFormat(places(), { dateStyle: "medium" }));
  return format.format(new Date(when));
}

/** English is read everywhere, but its days are not written as in one country. */
function places(): readonly string[] {
  const own = navigator.languages.filter((tag) => tag.startsWith(language));
  return own.length === 0 ? [language === "en" ? "en-GB" : language] : own;
}

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** `5 minutes ago`, `in 2 days` */
export function relativeTime(when: When, now: number = Date.now()): string {
  const seconds = (new Date(when).getTime() - now) / 1000;
  const format = kept("relative", () => new Intl.RelativeTimeFormat(language, { numeric: "auto" }));
  const unit = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  if (unit === undefined) return text.frame.ago.now;
  return format.format(Math.round(seconds / unit[1]), unit[0]);
}

/** `3 s`, `4 min 05 s`, `2 h 04 min`, `3 d 02 h` */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return "–";
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => `${value}`.padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86_400) {
    return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  }
  return `${Math.floor(whole / 86_400)} d ${two(Math.floor((whole % 86_400) / 3600))} h`;
}

const SIZES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** `12.5 MiB` */
export function bytes(count: number | undefined): string {
  if (count === undefined) return "–";
  const power = Math.min(
    SIZES.length - 1,
    Math.max(0, Math.floor(Math.log2(Math.max(1, count)) / 10)),
  );
  return `${number(count / 1024 ** power, power === 0 ? 0 : 1)} ${SIZES[power]}`;
}

/** Grouped as the language groups them, with at most so many decimals. */
export function number(value: number | undefined, decimals = 0): string {
  if (value === undefined) return "–";
  const format = kept(
    `number ${decimals}`,
    () => new Intl.NumberFormat(language, { maximumFractionDigits: decimals }),
  );
  return format.format(value);
}

/** A measured amount, as hours: the smaller, the more decimals. */
export function amount(value: number): string {
  return number(value, value >= 10 ? 0 : value >= 1 ? 1 : value >= 0.1 ? 2 : 4);
}

/** From a share, 0 to 1: `45 %` */
export function percent(share: number | undefined): string {
  if (share === undefined || !Number.isFinite(share)) return "–";
  return `${number(share * 100, share < 0.1 ? 1 : 0)} %`;
}

/** US dollars, as price lists have them; small sums with more decimals. */
export function money(dollars: number | undefined): string {
  if (dollars === undefined) return "–";
  const decimals = dollars !== 0 && Math.abs(dollars) < 1 ? 4 : 2;
  const format = kept(
    `money ${decimals}`,
    () =>
      new Intl.NumberFormat(language, {
        style: "currency",
        currency: "USD",
        minimumFractionDigits: 2,
        maximumFractionDigits: decimals,
      }),
  );
  return format.format(dollars);
}

/** What an error says to a person: its sentence, and what to do. */
export function sentence(words: string): string {
  const first = words.trim();
  if (first === "") return "";
  const begun = isName(first) ? first : `${first[0]?.toUpperCase()}${first.slice(1)}`;
  return /[.!?:]$/.test(begun) ? begun : `${begun}.`;
}

/** Whether a sentence begins with what is written as it is: `hpc7a.96xlarge`, `q-dy-a-1`, `slurm.conf`. */
function isName(words: string): boolean {
  const [first = ""] = words.split(/\s/, 1);
  return /[\d._/\p{Lu}-]/u.test(first.slice(1).replace(/[.,:;!?]+$/, ""));
}
