import { SluiceError } from "@sluice/model";

/**
 * Loads what makes templates, and the CDK with it.
 *
 * @throws SluiceError `UNSUPPORTED_BY_PROVIDER` where the program has none beside it, as on machines of a site.
 */
export async function withCdk<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as { readonly code?: string }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new SluiceError(
      "UNSUPPORTED_BY_PROVIDER",
      "user",
      "this program came without what makes stacks, so that it can't make or change clusters",
      {
        hint: "do it by the command line of an installation (npm install), as an administrator",
        cause: error,
      },
    );
  }
}
