/**
 * Python of the function behind the custom resource, which CloudFormation takes inline below 4 KB.
 * `cfnresponse` is there for inline code.
 */
export const CLEAN_UP_PROGRAM = `import time
import boto3
import cfnresponse

ec2 = boto3.client("ec2")
ALIVE = ["pending", "running", "stopping", "stopped", "shutting-down"]


def found(operation, key, filters):
    for page in ec2.get_paginator(operation).paginate(Filters=filters):
        yield from page[key]


def machines(tags):
    alive = tags + [{"Name": "instance-state-name", "Values": ALIVE}]
    for reservation in found("describe_instances", "Reservations", alive):
        for machine in reservation["Instances"]:
            yield machine["InstanceId"], machine["State"]["Name"]


def remove(properties, context):
    cluster = {"Name": "tag:" + properties["ClusterTag"], "Values": [properties["ClusterId"]]}
    compute = [cluster, {"Name": "tag:" + properties["RoleTag"], "Values": ["compute"]}]
    while True:
        left = list(machines(compute))
        going = [name for name, state in left if state != "shutting-down"]
        for first in range(0, len(going), 500):
            ec2.terminate_instances(InstanceIds=going[first : first + 500])
        if not left:
            break
        if context.get_remaining_time_in_millis() < 30000:
            raise RuntimeError("%d machines have not ended yet: delete again" % len(left))
        time.sleep(10)
    # The stack's own have the cluster's tag as well, and go with the stack.
    named = [cluster, {"Name": "launch-template-name", "Values": [properties["Names"]]}]
    for template in found("describe_launch_templates", "LaunchTemplates", named):
        ec2.delete_launch_template(LaunchTemplateId=template["LaunchTemplateId"])
    named = [{"Name": "group-name", "Values": [properties["Names"]]}]
    for group in ec2.describe_placement_groups(Filters=named)["PlacementGroups"]:
        ec2.delete_placement_group(GroupName=group["GroupName"])
    for table in properties.get("RouteTables", []):
        forget(table.split("/")[-1], properties["Route"])


def forget(table, route):
    try:
        ec2.delete_route(RouteTableId=table, DestinationCidrBlock=route)
    except ec2.exceptions.ClientError as error:
        if not error.response["Error"]["Code"].endswith(".NotFound"):
            raise


def close(group):
    described = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    if described["IpPermissions"]:
        ec2.revoke_security_group_ingress(
            GroupId=group, IpPermissions=described["IpPermissions"]
        )
    if described["IpPermissionsEgress"]:
        ec2.revoke_security_group_egress(
            GroupId=group, IpPermissions=described["IpPermissionsEgress"]
        )


def handler(event, context):
    properties = event["ResourceProperties"]
    status, reason = cfnresponse.SUCCESS, None
    try:
        if event["RequestType"] == "Delete":
            remove(properties, context)
        elif "DefaultSecurityGroup" in properties:
            close(properties["DefaultSecurityGroup"])
    except Exception as error:
        status, reason = cfnresponse.FAILED, str(error)
    name = "clean-up-" + properties["ClusterId"]
    cfnresponse.send(event, context, status, {}, name, reason=reason)
`;
