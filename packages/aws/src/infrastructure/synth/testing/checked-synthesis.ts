import {
  App,
  CloudFormationValidatePlugin,
  type IPolicyValidationContext,
  type IPolicyValidationPlugin,
  type PolicyValidationPluginReport,
  Validations,
} from "aws-cdk-lib/core";
import { AwsSolutionsChecks } from "cdk-nag";
import type { SynthesisedStack, SynthRequest } from "../contract.ts";
import { type MakeApp, synthesiseTemplates } from "../templates.ts";

/** What a checker says of a resource: `RULE RESOURCE: what`. */
export interface Complaint {
  readonly rule: string;
  readonly resource: string;
  readonly what: string;
}

export interface Checked extends SynthesisedStack {
  /** Of AWS's offline validator, errors and warnings. */
  readonly validator: readonly Complaint[];
  /** Of cdk-nag's AwsSolutions. */
  readonly nag: readonly Complaint[];
}

/** Compiling its rules takes a second, so that there is one for all. */
const validator = new CloudFormationValidatePlugin();

/** Synthesises as `synthesise` does, with the checkers that the CDK runs on what it synthesised. */
export function checkedSynthesis(request: SynthRequest): Checked {
  const { made, ...complaints } = checked((makeApp) => synthesiseTemplates(request, makeApp));
  return { ...made, ...complaints };
}

/** The same for any templates. */
export function checked<T>(
  synthesise: (makeApp: MakeApp) => T,
): { readonly made: T } & Pick<Checked, "validator" | "nag"> {
  const validators = new Recorder(() => validator as unknown as Checker);
  const nags = new Recorder((app) => new AwsSolutionsChecks(app));
  const made = synthesise((props) => {
    const app = new App({ ...props, builtinCloudFormationValidation: false });
    Validations.of(app).addPlugins(validators.plugin(app), nags.plugin(app));
    return app;
  });
  return { made, validator: validators.complaints, nag: nags.complaints };
}

/** What the CDK's own classes and interfaces of plugins agree on. */
type Checker = Pick<IPolicyValidationPlugin, "name" | "validate">;

/** Runs a checker and keeps its findings, so that all of them are seen and synthesis goes on. */
class Recorder {
  readonly #make: (app: App) => Checker;
  readonly complaints: Complaint[] = [];

  constructor(make: (app: App) => Checker) {
    this.#make = make;
  }

  plugin(app: App): IPolicyValidationPlugin {
    const checker = this.#make(app);
    return {
      name: `recorded ${checker.name}`,
      validate: (context: IPolicyValidationContext): PolicyValidationPluginReport => {
        for (const { ruleName, description, violatingResources } of checker.validate(context)
          .violations) {
          for (const { resourceLogicalId, constructPath } of violatingResources) {
            const resource = resourceLogicalId ?? constructPath ?? "";
            this.complaints.push({ rule: ruleName, resource, what: description });
          }
        }
        return { success: true, violations: [] };
      },
    };
  }
}
