import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SluiceError } from "@sluice/model";
import {
  App,
  type AppProps,
  Aws,
  DefaultStackSynthesizer,
  type IStackSynthesizer,
  Stack,
} from "aws-cdk-lib/core";
import { HEAD_RESOURCE, OBJECTS, stackName } from "../../names.ts";
import { addCluster } from "./cluster-stack.ts";
import type { SynthesisedStack, SynthRequest, TemplateParameter } from "./contract.ts";
import { addQueueRoles, queueBuckets } from "./iam/queue-roles.ts";
import { roleSettings } from "./iam/roles.ts";
import { clusterTags, tagAll } from "./scope.ts";

/** Makes the CDK's app; tests give one that checks what it synthesises. */
export type MakeApp = (props: AppProps) => App;

export const plainApp: MakeApp = (props) =>
  new App({ ...props, builtinCloudFormationValidation: false });

/** Of CloudFormation. */
const MOST_RESOURCES = 500;

/** See `synthesise`. */
export function synthesiseTemplates(
  request: SynthRequest,
  makeApp: MakeApp = plainApp,
): SynthesisedStack {
  const { config, bucket, name } = request;
  const label = `${name}-${request.unique}`;
  const nested: Record<string, string> = {};
  const addresses = new Map<string, string>();
  const settings = roleSettings(config, label);
  const buckets = queueBuckets(config.Scheduling.SlurmQueues);
  const roleStacks = synthesised(makeApp, (app) => {
    for (const [number, queues] of buckets) {
      const stack = newStack(
        app,
        `QueueRoles${number}`,
        `Roles of queues of Sluice's cluster ${name}`,
      );
      tagAll(stack, clusterTags(request));
      addQueueRoles(stack, request, settings, number, queues);
    }
    return [...buckets.keys()].map((number) => `QueueRoles${number}`);
  });
  for (const [id, text] of roleStacks) {
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 32);
    const key = OBJECTS.template(bucket.prefix, hash);
    nested[key] = text;
    addresses.set(id, `https://${bucket.name}.s3.${Aws.REGION}.${Aws.URL_SUFFIX}/${key}`);
  }

  let parameters: readonly TemplateParameter[] = [];
  const root = stackName(name);
  const [[, template] = ["", ""]] = synthesised(makeApp, (app) => {
    const stack = newStack(app, root, `Sluice's cluster ${name}`);
    parameters = addCluster(stack, request, addresses).list;
    return [root];
  });
  refuseTooLarge(template);
  return { template, nested, parameters, headResource: HEAD_RESOURCE };
}

// No assets, hence nothing that must be set up in an account before. The cast is about a property that
// the CDK's own class and interface declare differently.
function synthesizer(): IStackSynthesizer {
  return new DefaultStackSynthesizer({
    generateBootstrapVersionRule: false,
  }) as unknown as IStackSynthesizer;
}

export function newStack(app: App, id: string, description: string): Stack {
  return new Stack(app, id, {
    description,
    analyticsReporting: false,
    synthesizer: synthesizer(),
  });
}

/** @param fill adds stacks and returns their ids. @returns templates by the id of their stack. */
export function synthesised(
  makeApp: MakeApp,
  fill: (app: App) => readonly string[],
): readonly (readonly [string, string])[] {
  // The CDK writes what it synthesises to a folder, and nothing else of it is of use.
  const outdir = mkdtempSync(join(tmpdir(), "sluice-synth-"));
  try {
    const app = makeApp({
      outdir,
      analyticsReporting: false,
      treeMetadata: false,
      // After, that is over, what a CDK command line above us may have put into the environment.
      postCliContext: {
        "aws:cdk:enable-path-metadata": false,
        // Too many resources are told of below, in words for whoever wrote the file.
        "@aws-cdk/core:stackResourceLimit": 0,
      },
    });
    const ids = fill(app);
    if (ids.length === 0) return [];
    const assembly = app.synth();
    return ids.map((id) => [
      id,
      readFileSync(assembly.getStackArtifact(id).templateFullPath, "utf8"),
    ]);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function refuseTooLarge(template: string): void {
  const { Resources } = JSON.parse(template) as { readonly Resources: object };
  const count = Object.keys(Resources).length;
  if (count <= MOST_RESOURCES) return;
  const message = `the cluster's stack would have ${count} resources, and CloudFormation takes ${MOST_RESOURCES}`;
  const hint = "write fewer login pools, or fewer file systems that Sluice makes";
  throw new SluiceError("TEMPLATE_TOO_LARGE", "user", message, { hint });
}
