import type { ClusterConfig } from "@sluice/model";
import type { CloudPlace } from "./clouds.ts";
import type { Context } from "./context.ts";
import { usage } from "./usage.ts";

/**
 * Where the cluster of a file would be made.
 *
 * Errors: `USAGE` when the command line names another provider or region than the file.
 */
export function placeOf(
  context: Context,
  { Provider: provider, Region: inFile }: Pick<ClusterConfig, "Provider" | "Region">,
): { readonly provider: string; readonly place: CloudPlace } {
  const { provider: named, region: asked } = context;
  if (named !== undefined && named !== provider) {
    throw usage(
      `the file is for the provider ${provider}, and ${named} is named`,
      "leave out --provider and SLUICE_PROVIDER, or change Provider in the file",
    );
  }
  if (asked !== undefined && inFile !== undefined && asked !== inFile) {
    throw usage(
      `the file is for the region ${inFile}, and --region names ${asked}`,
      "leave out --region, or change Region in the file",
    );
  }
  const region = asked ?? inFile;
  return { provider, place: region === undefined ? {} : { region } };
}
