import { type ZodType, z } from "zod";

/** Of every list: how many of it, and from where. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  cursor: z.string().max(500).optional().describe("`next` of the page before"),
});

export function pageOf<Item extends ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    /** Missing on the last page. */
    next: z.string().optional(),
    /** Of all pages together, where it is known. */
    total: z.int().optional(),
  });
}
