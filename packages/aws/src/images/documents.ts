import { gzipSync } from "node:zlib";
import { IMAGE_MARKER, IMAGE_WORK, imageParts } from "@sluice/boot";
import type { ImageBuildConfig } from "@sluice/model";

/** A component of Image Builder, in the order of the recipe: a document of ours, or another's. */
export type ComponentOf =
  | { readonly kind: "document"; readonly text: string }
  | { readonly kind: "arn"; readonly arn: string };

export interface DocumentParts {
  readonly config: ImageBuildConfig;
  /** `renderImageScript`. */
  readonly script: string;
  /** A program that fetches: `URL FILE`. */
  readonly fetch: string;
}

/** Where the machine that builds has what the script fetches with. */
export const FETCH_COMMAND = `${IMAGE_WORK}/fetch fetch-url`;

/** The documents that have Image Builder's agent run the script, in the parts that it has. */
export function imageComponents({ config, script, fetch }: DocumentParts): readonly ComponentOf[] {
  const isTested =
    config.DevSettings?.DisablePclusterComponent !== true &&
    config.DevSettings?.DisableValidateAndTest !== true;
  const parts = imageParts(config);
  const last = parts.findLastIndex(({ kind }) => kind === "steps");
  return parts.map((part, index) => {
    if (part.kind === "arn") return part;
    const place = [
      `install -d -m 700 ${IMAGE_WORK}`,
      unpack(fetch, `${IMAGE_WORK}/fetch`),
      unpack(script, `${IMAGE_WORK}/build.sh`),
    ];
    const run = `sh ${IMAGE_WORK}/build.sh ${part.steps.join(" ")}`;
    const phases = [phase("build", [...(index === 0 ? place : []), run])];
    // The parts after it may still change the system, so that all of it is tried at the end.
    if (index === last && isTested) phases.push(phase("validate", TRIALS), phase("test", TRIALS));
    const document = { name: `sluice-${index + 1}`, schemaVersion: 1, phases };
    return { kind: "document", text: JSON.stringify(document) };
  });
}

/** What a machine of any role finds in it. */
const TRIALS = [`test -s ${IMAGE_MARKER}`, "slurmctld -V", "slurmd -V", "munged --version"];

/** The agent makes one script of the commands, which has to end with the first that fails. */
function phase(name: string, commands: readonly string[]) {
  const inputs = { commands: ["set -e", ...commands] };
  return { name, steps: [{ name: "run", action: "ExecuteBash", onFailure: "Abort", inputs }] };
}

function unpack(text: string, path: string): string {
  const packed = gzipSync(text, { level: 9 }).toString("base64");
  return `echo ${packed} | base64 -d | gunzip > ${path} && chmod 700 ${path}`;
}
