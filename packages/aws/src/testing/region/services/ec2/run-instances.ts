import { RunInstancesCommand, type RunInstancesCommandInput, type Tag } from "@aws-sdk/client-ec2";
import { type Call, handle, ServiceError } from "../../contract.ts";
import { authoriseTagging } from "./authorise.ts";
import type { Capacity } from "./capacity.ts";
import { Idempotency } from "./idempotency.ts";
import type { Instances } from "./instances.ts";
import { checked, launched } from "./launch.ts";
import { withTemplate } from "./launch-request.ts";
import type { Machine } from "./machine.ts";
import type { Ec2State, Operations } from "./state.ts";

export function runInstances(
  state: Ec2State,
  instances: Instances,
  capacity: Capacity,
): Operations {
  const tokens = new Idempotency();
  return {
    RunInstances: handle(RunInstancesCommand, async (input, call) => {
      const machines = await tokens.once("RunInstances", input.ClientToken, input, () =>
        launch({ state, instances, capacity }, input, call),
      );
      if (machines.some(({ state }) => state === "terminated")) throw tokenIsOver();
      return instances.reservations(instances.answered(machines))[0] ?? {};
    }),
  };
}

interface Where {
  readonly state: Ec2State;
  readonly instances: Instances;
  readonly capacity: Capacity;
}

/**
 * @param ownTags tags that only AWS writes, as those of Auto Scaling.
 * @throws ServiceError with what EC2 says against the launch.
 */
export async function launch(
  { state, instances, capacity }: Where,
  input: RunInstancesCommandInput,
  call: Call,
  ownTags: readonly Tag[] = [],
): Promise<Machine[]> {
  const request = withTemplate(state, input);
  authoriseTagging(state, call, request.TagSpecifications, "RunInstances");
  const checkedLaunch = await checked(state, request, call, ownTags);
  if (input.DryRun === true) throw dryRun();
  return launched(state, instances, capacity, checkedLaunch);
}

/** Since 2025; before, EC2 answered with the machine that was gone. */
function tokenIsOver(): ServiceError {
  return new ServiceError(
    "IdempotentInstanceTerminated",
    "The client token you have provided is associated with a terminated instance. Please use a different client token.",
  );
}

export function dryRun(): ServiceError {
  return new ServiceError(
    "DryRunOperation",
    "Request would have succeeded, but DryRun flag is set.",
    412,
  );
}
