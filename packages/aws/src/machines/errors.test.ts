import { CloudError } from "@sluice/cloud";
import { describe, expect, test } from "vitest";
import { cloudErrorOf, fleetError, isFinal, kindOfCode, unknownIds } from "./errors.ts";

/** As the SDK throws it. */
function said(name: string, message = "no"): Error {
  return Object.assign(new Error(message), { name, $fault: "client" });
}

describe("a code of EC2's is", () => {
  test.each([
    ["InsufficientInstanceCapacity", "InsufficientCapacity"],
    ["InsufficientHostCapacity", "InsufficientCapacity"],
    ["InsufficientReservedInstanceCapacity", "InsufficientCapacity"],
    ["ReservationCapacityExceeded", "InsufficientCapacity"],
    ["SpotMaxPriceTooLow", "InsufficientCapacity"],
    ["Unsupported", "InsufficientCapacity"],
    ["InsufficientFreeAddressesInSubnet", "InsufficientCapacity"],
    ["InvalidPlacementGroup.InUse", "InsufficientCapacity"],
    ["VcpuLimitExceeded", "QuotaExceeded"],
    ["InstanceLimitExceeded", "QuotaExceeded"],
    ["MaxSpotInstanceCountExceeded", "QuotaExceeded"],
    ["SomethingNewLimitExceeded", "QuotaExceeded"],
    // Limits by their names, and the rate by its meaning.
    ["RequestLimitExceeded", "Throttled"],
    ["EC2ThrottledException", "Throttled"],
    ["ThrottlingException", "Throttled"],
    ["InvalidParameterValue", "LaunchRejected"],
    ["InvalidParameterCombination", "LaunchRejected"],
    ["InvalidAMIID.NotFound", "LaunchRejected"],
    ["InvalidAMIID.Unavailable", "NotReady"],
    ["UnauthorizedOperation", "LaunchRejected"],
    ["OptInRequired", "LaunchRejected"],
    ["PendingVerification", "NotReady"],
    ["InvalidInstanceID.NotFound", "NotFound"],
    ["IdempotentInstanceTerminated", "NotFound"],
    ["InternalError", "Transient"],
    ["Unavailable", "Transient"],
    ["IdempotentParameterMismatch", "Transient"],
  ])("%s: %s", (code, kind) => {
    expect(kindOfCode(code)).toBe(kind);
    expect(cloudErrorOf(said(code)).kind).toBe(kind);
    expect(isFinal(said(code), true)).toBe(kind !== "Transient");
  });

  test("and what is none of them may pass", () => {
    expect(kindOfCode("ECONNRESET")).toBeUndefined();
    expect(cloudErrorOf(new Error("socket hang up"), "c5.large")).toMatchObject({
      kind: "Transient",
      message: "c5.large: socket hang up",
    });
  });
});

test("what a call that may have been granted before is refused for its rate or its rights is open", () => {
  for (const code of ["RequestLimitExceeded", "UnauthorizedOperation", "AuthFailure"]) {
    expect(isFinal(said(code), false)).toBe(false);
  }
  expect(isFinal(new CloudError("NotReady", "subnets can't be looked at"), false)).toBe(false);
  expect(isFinal(said("InsufficientInstanceCapacity"), false)).toBe(true);
});

test("a profile that IAM has not told everybody of is waited for", () => {
  const message =
    "Value (c) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name";
  expect(cloudErrorOf(said("InvalidParameterValue", message)).kind).toBe("NotReady");
});

test("a right that is missing is named, and the encoded message is left out", () => {
  const error = cloudErrorOf(
    said(
      "UnauthorizedOperation",
      "You are not authorized to perform this operation. User: arn:aws:sts::1:assumed-role/head/i-1 is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:eu-central-1:1:instance/* because no policy allows it. Encoded authorization failure message: AAAA",
    ),
  );
  expect(error.message).not.toContain("AAAA");
  expect(error.hint).toBe(
    "the role of the head needs the right ec2:RunInstances on arn:aws:ec2:eu-central-1:1:instance/*",
  );
});

test("a fleet's error without a code is a lack", () => {
  expect(fleetError(undefined, undefined, "c5.large in eu-central-1a")).toMatchObject({
    kind: "InsufficientCapacity",
  });
});

test("a zone without a type is a lack, and what is wrong with a fleet is wrong", () => {
  const code = "InvalidFleetConfiguration";
  const none =
    "Your requested instance type (r6i.large) is not supported in your requested Availability Zone (eu-central-1a).";
  expect(fleetError(code, none, "r6i.large").kind).toBe("InsufficientCapacity");
  expect(fleetError(code, "No subnet is given", "r6i.large").kind).toBe("LaunchRejected");
});

test("ids are read out of what EC2 does not know, and out of nothing else", () => {
  const message = "The instance IDs 'i-0a1, i-0b2' do not exist";
  expect(unknownIds(said("InvalidInstanceID.NotFound", message))).toEqual(["i-0a1", "i-0b2"]);
  expect(unknownIds(said("OperationNotPermitted", "i-0a1 may not be terminated"))).toEqual([]);
});
