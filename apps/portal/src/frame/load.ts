const PAUSES = [200, 1_000, 3_000];

/**
 * Loads a part of the program, again where the line broke: Chromium breaks what it loads off when a
 * network of its machine comes or goes, as those of local clusters do.
 */
export async function loaded<Part>(load: () => Promise<Part>): Promise<Part> {
  for (const pause of PAUSES) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return load();
}
