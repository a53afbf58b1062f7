import { MAX_FILE_LENGTH, SluiceError } from "@sluice/model";
import { text } from "../../catalogue/index.ts";

/** The text of a file of the person's computer. Errors: `USAGE` for one that is far too large. */
export async function takeFile(file: File): Promise<string> {
  if (file.size > MAX_FILE_LENGTH) {
    throw new SluiceError("USAGE", "user", text.wizard.begin.tooLarge);
  }
  return file.text();
}
