import type { OnProgress, Progress } from "@sluice/cloud";
import { messageOf } from "@sluice/model";

/** Reports a step before and after its work, and its failure before it throws it. */
export async function step<T>(
  report: OnProgress,
  resource: string,
  message: string,
  work: () => Promise<T>,
): Promise<T> {
  const progress = (status: Progress["status"]): Progress => ({
    time: new Date(),
    resource,
    status,
    message,
  });
  report(progress("started"));
  try {
    const result = await work();
    report(progress("done"));
    return result;
  } catch (error) {
    report({ ...progress("failed"), message: messageOf(error) });
    throw error;
  }
}
