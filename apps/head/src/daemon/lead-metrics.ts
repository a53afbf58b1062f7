import type { LeadState } from "../lead/state.ts";

/** Prometheus's text about leading; empty on a cluster's one head. */
export function leadMetrics(state: LeadState | undefined): string {
  if (state === undefined) return "";
  const { other, role, term, tookOver } = state;
  const steps = Object.entries(tookOver?.steps ?? {}).map(
    ([step, seconds]) =>
      [`sluice_head_take_over_step_seconds{step="${step.replaceAll(" ", "_")}"}`, seconds] as const,
  );
  const families: readonly (readonly [string, string, readonly (readonly [string, number])[]])[] = [
    [
      "sluice_head_leading",
      "1 on the machine that leads.",
      [["sluice_head_leading", Number(role === "leading")]],
    ],
    [
      "sluice_head_standing_by",
      "1 when another machine could take over.",
      [["sluice_head_standing_by", Number(other !== null)]],
    ],
    [
      "sluice_head_term",
      "Number of the present lead; grows with each take-over.",
      [["sluice_head_term", term ?? 0]],
    ],
    [
      "sluice_head_take_over_seconds",
      "From the lease to a head with all services.",
      tookOver?.total == null ? [] : [["sluice_head_take_over_seconds", tookOver.total]],
    ],
    ["sluice_head_take_over_step_seconds", "Of the last take-over; some run side by side.", steps],
  ];
  return families
    .filter(([, , samples]) => samples.length > 0)
    .map(([name, help, samples]) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} gauge`,
        ...samples.map(([sample, value]) => `${sample} ${value}`),
        "",
      ].join("\n"),
    )
    .join("");
}
