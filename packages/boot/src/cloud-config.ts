import { SluiceError } from "@sluice/model";
import { stringify } from "yaml";
import type { MachineFile } from "./head/units.ts";

/** What EC2 takes, in bytes before base64. */
const MOST_BYTES = 16 * 1024;

/** A file as user data brings it. */
export interface BroughtFile extends MachineFile {
  /** `content` is gzip in base64. */
  readonly encoding?: "gz+b64";
}

/** Makes text small, as gzip in base64, for the clouds whose machines bring more than they may. */
export type Pack = (text: string) => string;

/** The file, made small where there is a way to. */
export function packed(file: MachineFile, pack: Pack | undefined): BroughtFile {
  if (pack === undefined) return file;
  return { ...file, content: pack(String(file.content)), encoding: "gz+b64" };
}

/** A cloud-init document that writes files and then starts what they are for. */
export function cloudConfig(options: {
  readonly files: readonly BroughtFile[];
  readonly runcmd: readonly (readonly string[])[];
}): string {
  const { files, runcmd } = options;
  const document = {
    preserve_hostname: true,
    write_files: files.map(({ path, mode, encoding, content }) => ({
      path,
      permissions: `0${mode.toString(8)}`,
      ...(encoding === undefined ? {} : { encoding }),
      content,
    })),
    runcmd,
  };
  return `#cloud-config\n${stringify(document, { lineWidth: 0, indentSeq: false })}`;
}

/**
 * The same, or why a cloud would not take it.
 *
 * @throws SluiceError `USER_DATA_TOO_LARGE`
 */
export function checkedUserData(text: string, what: string): string {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= MOST_BYTES) return text;
  throw new SluiceError(
    "USER_DATA_TOO_LARGE",
    "user",
    `what ${what} is told when it boots has ${bytes} bytes, and at most ${MOST_BYTES} are taken`,
    { hint: "give its CustomActions fewer or shorter Args" },
  );
}
