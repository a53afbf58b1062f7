import type { ImageBuildConfig } from "@sluice/model";

/** Steps of the script that run after each other, or a component of somebody else's in between. */
export type ImagePart =
  | { readonly kind: "steps"; readonly steps: readonly string[] }
  | { readonly kind: "arn"; readonly arn: string };

/** Name of the step of the component at that place of `Build.Components`. */
export function scriptStep(index: number): string {
  return `script-${index + 1}`;
}

/** Everything that makes an image, in order. */
export function imageParts({ Build, DevSettings }: ImageBuildConfig): readonly ImagePart[] {
  const isOurs = DevSettings?.DisablePclusterComponent !== true;
  const parts: ImagePart[] = [];
  const step = (name: string): void => {
    const last = parts.at(-1);
    if (last?.kind === "steps") parts[parts.length - 1] = stepsOf([...last.steps, name]);
    else parts.push(stepsOf([name]));
  };
  step("system");
  if (Build.UpdateOsPackages?.Enabled === true) step("update");
  if (isOurs) step("packages");
  if (Build.Installation?.LustreClient?.Enabled === true) step("lustre");
  for (const [index, { Type, Value }] of (Build.Components ?? []).entries()) {
    if (Type === "arn") parts.push({ kind: "arn", arn: Value });
    else step(scriptStep(index));
  }
  if (isOurs) {
    step("services");
    step("marker");
  }
  step("clean");
  return parts;
}

function stepsOf(steps: readonly string[]): ImagePart {
  return { kind: "steps", steps };
}
