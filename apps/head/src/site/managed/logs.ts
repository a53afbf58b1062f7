import { SITE_LAYOUT } from "@sluice/boot";
import type { LogSink } from "@sluice/cloud";
import { pino } from "pino";
import { followJournal } from "../../daemon/journal.ts";
import { systemClock } from "../../system-clock.ts";
import { openSeat } from "../identity.ts";

/** Whose words are kept beyond the machine. */
const UNITS = ["sluice-server", "slurmdbd", "munge", "sluice-boot", "sluice-site-logs"];

/** Brings what this machine's services say to where its cloud keeps logs, until it is told to end. */
export async function siteLogs(): Promise<void> {
  await using machine = await openSeat();
  if (machine?.logs === undefined) return;
  const over = new AbortController();
  process.once("SIGTERM", () => over.abort());
  await followJournal(
    {
      sink: ofMachine(machine.logs, machine.identity.name),
      units: UNITS,
      position: SITE_LAYOUT.journalPosition,
      clock: systemClock,
      log: pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }),
    },
    over.signal,
  );
}

/** Streams are named after heads, of which a cluster has one; a site has several machines. */
export function ofMachine(sink: LogSink, name: string): LogSink {
  return {
    append: (stream, ...rest) => sink.append(stream.replace(/^head\//, `${name}/`), ...rest),
  };
}
