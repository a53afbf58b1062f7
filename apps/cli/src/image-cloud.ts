import type { Cloud } from "@sluice/cloud";
import { imageNotFound } from "@sluice/lifecycle";
import type { Context } from "./context.ts";

/** The cloud that has the image. Errors: `IMAGE_NOT_FOUND`, and why no cloud answered. */
export async function cloudOfImage(context: Context, id: string): Promise<Cloud> {
  const has = async ({ images }: Cloud): Promise<boolean> =>
    (await images?.describe(id)) !== undefined;
  return context.cloudWith(has, () => imageNotFound(id));
}
