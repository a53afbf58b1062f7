import { z } from "zod";
import { duration } from "./duration.ts";
import "./meta.ts";

/** In the order of `Date.getUTCDay`. */
export const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** In any case. Spelt out, because JSON Schema has no flag for it. */
const DAY = new RegExp(
  `^(${WEEKDAYS.map((day) => [...day].map((letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`).join("")).join("|")})$`,
);
const DAYS_EXPECT = "a list of Mon, Tue, Wed, Thu, Fri, Sat and Sun";

const weekday = () =>
  z
    .string()
    .regex(DAY)
    .transform(
      (text) => `${text.slice(0, 1).toUpperCase()}${text.slice(1).toLowerCase()}` as Weekday,
    );

/** A part of the day, in minutes since midnight. It goes past midnight when it ends before it begins. */
export interface Hours {
  readonly fromMinute: number;
  readonly untilMinute: number;
}

const HOURS = /^([01]?\d|2[0-3]):([0-5]\d)-(?:([01]?\d|2[0-3]):([0-5]\d)|24:00)$/;

const hours = () => z.string().regex(HOURS).transform(parseHours);

/** Of a text that the schema accepts. */
export function parseHours(text: string): Hours {
  const [, hour, minute, untilHour = 24, untilMinute = 0] = HOURS.exec(text) ?? [];
  return {
    fromMinute: Number(hour) * 60 + Number(minute),
    untilMinute: Number(untilHour) * 60 + Number(untilMinute),
  };
}

/** Names of the IANA database, whose case does not count; not offsets such as +01:00. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const count = () => z.int().min(0);
const own = { update: "SUPPORTED", extension: true } as const;

const window = z.strictObject({
  Days: z
    .array(weekday().meta({ expects: "one of Mon, Tue, Wed, Thu, Fri, Sat, Sun" }))
    .min(1)
    .prefault([...WEEKDAYS])
    .meta({
      ...own,
      description: "Days of the week on which the window begins, as `Mon` to `Sun`.",
      expects: DAYS_EXPECT,
      defaultText: "every day",
    }),
  Hours: hours()
    .prefault("00:00-24:00")
    .meta({
      ...own,
      description:
        "From when until when; `22:00-06:00` goes on into the next day. The end is not part of it.",
      expects: "two times of day such as 08:00-18:00",
    }),
  TimeZone: z
    .string()
    .refine(isTimeZone)
    .default("UTC")
    .meta({
      ...own,
      description: "Time zone of the hours and days, by its IANA name.",
      expects: "the IANA name of a time zone, such as Europe/Berlin",
    }),
  Count: count().meta({
    ...own,
    description: "Idle nodes that are up in that time.",
    expects: "a whole number from 0",
  }),
});

export const warmNodesSchema = z
  .strictObject({
    Count: count()
      .default(0)
      .meta({
        ...own,
        description: "Idle nodes that are up whenever no entry of Schedule says otherwise.",
        expects: "a whole number from 0",
      }),
    Schedule: z
      .array(window)
      .default([])
      .meta({
        ...own,
        description:
          "Counts for parts of the week. Where several hold, the largest does; where none does, Count.",
      }),
    DemandShare: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .meta({
        ...own,
        description:
          "At least as many idle nodes as this percentage of the most that were busy at once within DemandWindow.",
        expects: "a percentage from 0 to 100, without a sign",
      }),
    DemandWindow: duration(60, 86_400)
      .prefault("1h")
      .meta({
        ...own,
        description: "How far back DemandShare looks, as a duration up to 24 hours.",
        expects: "a duration from 1m to 24h",
      }),
    Stopped: count()
      .default(0)
      .meta({
        ...own,
        description:
          "Machines kept switched off beside those that are up, where the cloud can: they are back sooner than new ones.",
        expects: "a whole number from 0",
      }),
  })
  .optional()
  .meta({
    ...own,
    description: "Idle nodes that are kept ready, so that jobs need not wait for a boot.",
  });

export type WarmNodes = NonNullable<z.output<typeof warmNodesSchema>>;
