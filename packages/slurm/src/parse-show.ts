import type { SlurmNode, SlurmPartition, SlurmReservation } from "./control.ts";

/**
 * Nodes of `scontrol --oneliner show nodes`, with times in UTC.
 *
 * OS, Comment, Extra and Reason hold free text, blanks and all, that may look like other fields.
 * OS stands before the fields wanted here and the others after them, so each is looked for from
 * the side where nothing can stand in for it. Lines that are not nodes are skipped.
 */
export function parseNodes(output: string): SlurmNode[] {
  return output.split("\n").flatMap((line) => {
    const fixedEnd = line.indexOf(" CfgTRES=");
    if (!line.startsWith("NodeName=") || fixedEnd < 0) return [];
    const fixed = line.slice(0, fixedEnd);
    const state = lastField(fixed, "State") ?? "UNKNOWN";
    const [base = "UNKNOWN", ...flags] = state.split("+");
    return [
      {
        name: firstField(fixed, "NodeName") ?? "",
        state,
        // Short forms may mark the word: `DOWN*`, `IDLE~`.
        base: base.replace(/[^A-Z_]+$/, ""),
        flags: new Set(flags),
        address: firstField(fixed, "NodeAddr") ?? "",
        partitions: list(lastField(fixed, "Partitions")),
        ...parseReason(line.slice(fixedEnd)),
        bootTime: parseTime(lastField(fixed, "BootTime")),
        slurmdStartTime: parseTime(lastField(fixed, "SlurmdStartTime")),
        lastBusyTime: parseTime(lastField(fixed, "LastBusyTime")),
      },
    ];
  });
}

/** Partitions of `scontrol --oneliner show partitions`; none of its fields is free text. */
export function parsePartitions(output: string): SlurmPartition[] {
  return output.split("\n").flatMap((line) => {
    const name = firstField(line, "PartitionName");
    if (name === undefined || !line.startsWith("PartitionName=")) return [];
    const nodes = firstField(line, "Nodes") ?? "";
    return [
      {
        name,
        state: firstField(line, "State") ?? "UNKNOWN",
        nodes: nodes === "(null)" ? "" : nodes,
      },
    ];
  });
}

/**
 * Reservations of `scontrol --oneliner show reservation`, with times in UTC. Only their comment is
 * free text; an administrator's, and the last field.
 */
export function parseReservations(output: string): SlurmReservation[] {
  return output.split("\n").flatMap((line) => {
    const name = /^ReservationName=(.*?) StartTime=/.exec(line)?.[1];
    const start = parseTime(firstField(line, "StartTime"));
    const end = parseTime(firstField(line, "EndTime"));
    if (name === undefined || start === undefined || end === undefined) return [];
    const nodes = firstField(line, "Nodes") ?? "";
    return [
      {
        name,
        start,
        end,
        nodes: nodes === "(null)" ? "" : nodes,
        flags: new Set(list(firstField(line, "Flags"))),
      },
    ];
  });
}

/** When slurmctld was started, of `scontrol show config`, with times in UTC. */
export function parseStart(output: string): Date | undefined {
  return parseTime(/^BOOT_TIME\s*=\s*(\S+)$/m.exec(output)?.[1]);
}

/** A time as SLURM_TIME_FORMAT=standard writes it under TZ=UTC; undefined for None, N/A, Unknown. */
export function parseTime(text: string | undefined): Date | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text)) return undefined;
  return new Date(`${text}Z`);
}

/** ` Reason=text [user@time]`; the bracket is looked for by its time, as the text may have its own. */
function parseReason(rest: string): Pick<SlurmNode, "reason" | "reasonUser"> {
  const at = rest.indexOf(" Reason=");
  if (at < 0) return { reason: undefined, reasonUser: undefined };
  const text = rest.slice(at + " Reason=".length);
  const stamped = /^(.*?)\s*\[([^\s[\]]+)@\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\]/.exec(text);
  const reason = (stamped?.[1] ?? text.replace(/ (Comment|Extra)=.*$/, "")).trim();
  return { reason: reason === "" ? undefined : reason, reasonUser: stamped?.[2] };
}

function firstField(text: string, key: string): string | undefined {
  const marker = ` ${key}=`;
  const at = ` ${text}`.indexOf(marker);
  return at < 0 ? undefined : word(text, at + marker.length - 1);
}

function lastField(text: string, key: string): string | undefined {
  const marker = ` ${key}=`;
  const at = text.lastIndexOf(marker);
  return at < 0 ? undefined : word(text, at + marker.length);
}

function word(text: string, start: number): string {
  const end = text.indexOf(" ", start);
  return text.slice(start, end < 0 ? undefined : end);
}

function list(text: string | undefined): string[] {
  return text === undefined || text === "" || text === "(null)" ? [] : text.split(",");
}
