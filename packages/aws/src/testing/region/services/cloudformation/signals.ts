import type { Stack } from "./stack.ts";
import type { ResourceDeclaration } from "./template.ts";

/** Waits for what a CreationPolicy asks for. Rejects with CloudFormation's reason. */
export async function awaitSignals(
  stack: Stack,
  logicalId: string,
  { CreationPolicy }: ResourceDeclaration,
  signal: AbortSignal,
): Promise<void> {
  const wanted = CreationPolicy?.ResourceSignal;
  if (wanted === undefined) return;
  const count = Number(wanted.Count ?? 1);
  const milliseconds = durationOf(wanted.Timeout ?? "PT5M");
  await new Promise<void>((resolve, reject) => {
    const end = (error?: Error): void => {
      clearTimeout(timer);
      stopListening();
      signal.removeEventListener("abort", onAbort);
      if (error === undefined) resolve();
      else reject(error);
    };
    const look = (): void => {
      const got = stack.signals.get(logicalId) ?? [];
      const failures = got.filter(({ isSuccess }) => !isSuccess).length;
      if (failures > 0) {
        end(
          new Error(
            `Received ${failures} FAILURE signal(s) out of ${count}. Unable to satisfy 100% MinSuccessfulInstancesPercent requirement`,
          ),
        );
      } else if (got.length >= count) end();
    };
    const onAbort = (): void => end(new Error("Resource creation cancelled"));
    const timer = setTimeout(
      () =>
        end(
          new Error(`Failed to receive ${count} resource signal(s) within the specified duration`),
        ),
      milliseconds,
    );
    const stopListening = stack.onSignal(look);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    else look();
  });
}

/** Milliseconds of an ISO 8601 duration such as `PT1H30M`. */
function durationOf(text: string): number {
  const [, hours = "0", minutes = "0", seconds = "0"] =
    /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/.exec(text) ?? [];
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
