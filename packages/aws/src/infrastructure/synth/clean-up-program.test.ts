import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CLEAN_UP_PROGRAM } from "./clean-up-program.ts";

/** An EC2 whose machines take so many seconds to end, and whose groups have rules. */
const BOTO3 = `
class EC2:
    def __init__(self):
        self.calls, self.clock, self.seconds = [], 0, 25
        self.machines = {"i-1": "running", "i-2": "stopped", "i-3": "pending"}
        self.ended = {}

    def get_paginator(self, operation):
        outer = self
        class Paginator:
            def paginate(self, Filters):
                return getattr(outer, operation)(Filters)
        return Paginator()

    def describe_instances(self, filters):
        wanted = {one["Name"]: one["Values"] for one in filters}
        assert wanted["tag:sluice:cluster-id"] == ["0a1b2c3d"], filters
        assert wanted["tag:sluice:role"] == ["compute"], filters
        for name, since in list(self.ended.items()):
            if self.clock - since >= self.seconds:
                self.machines.pop(name, None)
        for name, state in list(self.machines.items()):
            yield {"Reservations": [{"Instances": [{"InstanceId": name, "State": {"Name": state}}]}]}

    def terminate_instances(self, InstanceIds):
        self.calls.append("terminate " + " ".join(InstanceIds))
        for name in InstanceIds:
            self.machines[name] = "shutting-down"
            self.ended[name] = self.clock

    def describe_launch_templates(self, filters):
        names = [one["Values"] for one in filters if one["Name"] == "launch-template-name"]
        assert names == [["sluice-demo-0a1b2c3d-*"]], filters
        yield {"LaunchTemplates": [{"LaunchTemplateId": "lt-1"}, {"LaunchTemplateId": "lt-2"}]}

    def delete_launch_template(self, LaunchTemplateId):
        self.calls.append("delete " + LaunchTemplateId)

    def describe_placement_groups(self, Filters):
        assert Filters == [{"Name": "group-name", "Values": ["sluice-demo-0a1b2c3d-*"]}], Filters
        return {"PlacementGroups": [{"GroupName": "sluice-demo-0a1b2c3d-q-r"}]}

    def delete_placement_group(self, GroupName):
        self.calls.append("delete " + GroupName)

    def delete_route(self, RouteTableId, DestinationCidrBlock):
        self.calls.append("delete " + DestinationCidrBlock + " in " + RouteTableId)
        if RouteTableId in ("rtb-none", "rtb-denied"):
            error = self.exceptions.ClientError(RouteTableId)
            code = "InvalidRoute.NotFound" if RouteTableId == "rtb-none" else "UnauthorizedOperation"
            error.response = {"Error": {"Code": code}}
            raise error

    class exceptions:
        class ClientError(Exception):
            pass

    def describe_security_groups(self, GroupIds):
        return {"SecurityGroups": [{"IpPermissions": [], "IpPermissionsEgress": [{"IpProtocol": "-1"}]}]}

    def revoke_security_group_ingress(self, GroupId, IpPermissions):
        self.calls.append("close " + GroupId + " in")

    def revoke_security_group_egress(self, GroupId, IpPermissions):
        self.calls.append("close " + GroupId + " out")

one = EC2()
def client(service):
    assert service == "ec2"
    return one
`;

const CFNRESPONSE = `
SUCCESS, FAILED, sent = "SUCCESS", "FAILED", []
def send(event, context, status, data, physicalResourceId=None, noEcho=False, reason=None):
    sent.append([status, physicalResourceId, reason])
`;

/** Runs the handler as Lambda does, on a clock that only sleeping moves. */
const RUN = `
import json, sys
import boto3, cfnresponse, index

order = json.loads(sys.argv[1])
boto3.one.seconds = order["seconds"]
def sleep(seconds):
    boto3.one.clock += seconds
index.time.sleep = sleep
class Context:
    def get_remaining_time_in_millis(self):
        return (900 - boto3.one.clock) * 1000
index.handler(order["event"], Context())
print(json.dumps({"calls": boto3.one.calls, "sent": cfnresponse.sent, "clock": boto3.one.clock}))
`;

const folder = mkdtempSync(join(tmpdir(), "sluice-clean-up-"));
const FILES = { boto3: BOTO3, cfnresponse: CFNRESPONSE, run: RUN, index: CLEAN_UP_PROGRAM };
for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, `${name}.py`), text);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(RequestType: string, more: object = {}, seconds = 25) {
  const ResourceProperties = {
    ClusterTag: "sluice:cluster-id",
    ClusterId: "0a1b2c3d",
    RoleTag: "sluice:role",
    Names: "sluice-demo-0a1b2c3d-*",
    ...more,
  };
  const order = JSON.stringify({ seconds, event: { RequestType, ResourceProperties } });
  const { stdout, stderr } = spawnSync("python3", ["run.py", order], {
    cwd: folder,
    encoding: "utf8",
  });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as {
    readonly calls: readonly string[];
    readonly sent: readonly (readonly [string, string, string | null])[];
    readonly clock: number;
  };
}

test("is short enough to be in a template", () => {
  expect(CLEAN_UP_PROGRAM.length).toBeLessThan(4096);
});

test("a stack that goes takes its machines along, and what the head made for them", () => {
  const { calls, sent, clock } = run("Delete");
  expect(calls).toEqual([
    "terminate i-1 i-2 i-3",
    "delete lt-1",
    "delete lt-2",
    "delete sluice-demo-0a1b2c3d-q-r",
  ]);
  expect(clock).toBe(30);
  expect(sent).toEqual([["SUCCESS", "clean-up-0a1b2c3d", null]]);
});

test("machines that do not end in time are told of, and nothing else is touched", () => {
  const { calls, sent } = run("Delete", {}, 5000);
  expect(calls).toEqual(["terminate i-1 i-2 i-3"]);
  expect(sent).toEqual([
    ["FAILED", "clean-up-0a1b2c3d", "3 machines have not ended yet: delete again"],
  ]);
});

test("routes to whichever head led go, and those that are gone are no matter", () => {
  const of = (...names: string[]) => ({
    Route: "100.64.7.9/32",
    RouteTables: names.map((name) => `arn:aws:ec2:x:1:route-table/${name}`),
  });
  const { calls, sent } = run("Delete", of("rtb-none", "rtb-1"));
  expect(calls.slice(-2)).toEqual([
    "delete 100.64.7.9/32 in rtb-none",
    "delete 100.64.7.9/32 in rtb-1",
  ]);
  expect(sent).toEqual([["SUCCESS", "clean-up-0a1b2c3d", null]]);
  expect(run("Delete", of("rtb-denied")).sent).toEqual([
    ["FAILED", "clean-up-0a1b2c3d", "rtb-denied"],
  ]);
});

test("a network that is made has its default security group closed", () => {
  const more = { DefaultSecurityGroup: "sg-1" };
  expect(run("Create", more)).toMatchObject({
    calls: ["close sg-1 out"],
    sent: [["SUCCESS", "clean-up-0a1b2c3d", null]],
  });
  expect(run("Update", {}).calls).toEqual([]);
});
