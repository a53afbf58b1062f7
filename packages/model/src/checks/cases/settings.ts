import { ACCOUNTING_CASES } from "./accounting.ts";
import type { CheckCase } from "./case.ts";
import { aws, local } from "./texts.ts";

const SLURM = "Scheduling.SlurmSettings";
const QUEUE = "Scheduling.SlurmQueues[0]";
const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:ldap";
const ROLE = "InstanceRole: 'arn:aws:iam::123456789012:role/r'";

const RIGHTS: readonly CheckCase[] = [
  {
    id: "ConfigSchemaValidator",
    level: "ERROR",
    name: "groups instead of ours and beside them",
    file: aws({
      queues:
        "{Name: r, Networking: {SubnetIds: [subnet-01234567], SecurityGroups: [sg-01234567], AdditionalSecurityGroups: [sg-89abcdef]}, ComputeResources: [{Name: a, InstanceType: c5.large}]}",
    }),
    path: "Scheduling.SlurmQueues[1].Networking.AdditionalSecurityGroups",
    says: /here are both/,
  },
  {
    id: "MixedSecurityGroupOverwriteValidator",
    level: "WARNING",
    name: "groups of their own for one queue",
    file: aws({
      queues:
        "{Name: r, Networking: {SubnetIds: [subnet-01234567], SecurityGroups: [sg-01234567]}, ComputeResources: [{Name: a, InstanceType: c5.large}]}",
    }),
    path: "Scheduling.SlurmQueues[1].Networking.SecurityGroups",
    says: /queue r has groups of its own/,
  },
  {
    id: "ConfigSchemaValidator",
    level: "ERROR",
    name: "a role and policies",
    file: aws({
      head: `Iam: {${ROLE}, AdditionalIamPolicies: [{Policy: 'arn:aws:iam::aws:policy/p'}]}`,
    }),
    path: "HeadNode.Iam.AdditionalIamPolicies",
    says: /InstanceRole already/,
  },
  {
    id: "ConfigSchemaValidator",
    level: "ERROR",
    name: "a role and buckets",
    file: aws({ queue: `Iam: {${ROLE}, S3Access: [{BucketName: bucket}]}` }),
    path: `${QUEUE}.Iam.S3Access`,
    says: /instead of it/,
  },
  {
    id: "IamResourcePrefixValidator",
    level: "ERROR",
    name: "no path",
    file: aws({ more: "Iam: {ResourcePrefix: 'a/b'}" }),
    path: "Iam.ResourcePrefix",
    says: /can't begin/,
  },
  {
    id: "IamResourcePrefixValidator",
    level: "ERROR",
    name: "a long name",
    file: aws({ more: `Iam: {ResourcePrefix: '/hpc/${"n".repeat(31)}'}` }),
    path: "Iam.ResourcePrefix",
    says: /31 characters/,
  },
  {
    id: "ConfigSchemaValidator",
    level: "ERROR",
    name: "one script and several",
    file: aws({
      head: "CustomActions: {OnNodeStart: {Script: 's3://b/a', Sequence: [{Script: 's3://b/c'}]}}",
    }),
    path: "HeadNode.CustomActions.OnNodeStart.Sequence",
    says: /here are both/,
  },
  {
    id: "ConfigSchemaValidator",
    level: "ERROR",
    name: "no script",
    file: aws({ queue: "CustomActions: {OnNodeConfigured: {Args: [a]}}" }),
    path: `${QUEUE}.CustomActions.OnNodeConfigured`,
    says: /no script/,
  },
  {
    id: "ConfigSchemaValidator",
    level: "ERROR",
    name: "arguments of several scripts",
    file: aws({
      queue: "CustomActions: {OnNodeConfigured: {Args: [a], Sequence: [{Script: 's3://b/c'}]}}",
    }),
    path: `${QUEUE}.CustomActions.OnNodeConfigured.Args`,
    says: /arguments of their own/,
  },
  {
    id: "UrlValidator",
    level: "ERROR",
    name: "a file of the machine",
    file: aws({ head: "CustomActions: {OnNodeStart: {Script: 'file:///a.sh'}}" }),
    path: "HeadNode.CustomActions.OnNodeStart.Script",
    says: /no address that machines can fetch/,
  },
  {
    id: "UrlValidator",
    level: "ERROR",
    name: "an address that is not encrypted",
    file: aws({ slurm: "CustomSlurmSettingsIncludeFile: 'http://host/a.conf'" }),
    path: `${SLURM}.CustomSlurmSettingsIncludeFile`,
    says: /on its way/,
  },
  {
    id: "UrlValidator",
    level: "ERROR",
    name: "a bucket without an object",
    file: aws({ queue: "CustomActions: {OnNodeStart: {Sequence: [{Script: 's3://b'}]}}" }),
    path: `${QUEUE}.CustomActions.OnNodeStart.Sequence[0].Script`,
    says: /no object/,
  },
];

const directory = (text: string): string =>
  aws({
    more: `DirectoryService: {PasswordSecretArn: '${SECRET}', DomainReadOnlyUser: cn=r, ${text}}`,
  });
const DOMAIN = "DomainName: corp.example.com";
const ADDRESS = "DomainAddr: 'ldaps://corp.example.com'";

const DIRECTORY: readonly CheckCase[] = [
  {
    id: "DomainNameValidator",
    level: "ERROR",
    name: "neither a name nor a search base",
    file: directory(`DomainName: 'ou=users', ${ADDRESS}`),
    path: "DirectoryService.DomainName",
    says: /search base/,
  },
  ...(
    [
      ["no protocol", "'ldaps://a.example.com,b.example.com'", /no protocol/],
      ["another protocol", "https://a.example.com", /not a protocol/],
      ["plain LDAP", "ldap://a.example.com", /SSSD refuses it/],
    ] as const
  ).map(
    ([name, address, says]): CheckCase => ({
      id: "DomainAddrValidator",
      level: "WARNING",
      name,
      file: directory(`${DOMAIN}, DomainAddr: ${address}`),
      path: "DirectoryService.DomainAddr",
      says,
    }),
  ),
  {
    id: "LdapTlsReqCertValidator",
    level: "WARNING",
    name: "any certificate",
    file: directory(`${DOMAIN}, ${ADDRESS}, LdapTlsReqCert: never`),
    path: "DirectoryService.LdapTlsReqCert",
    says: /any server/,
  },
  {
    id: "AdditionalSssdConfigsValidator",
    level: "ERROR",
    name: "another provider",
    file: directory(`${DOMAIN}, ${ADDRESS}, AdditionalSssdConfigs: {id_provider: ad}`),
    path: "DirectoryService.AdditionalSssdConfigs.id_provider",
    says: /LDAP/,
  },
  {
    id: "AdditionalSssdConfigsValidator",
    level: "ERROR",
    name: "a filter that would not count",
    file: directory(
      `${DOMAIN}, ${ADDRESS}, LdapAccessFilter: 'a=b', AdditionalSssdConfigs: {access_provider: simple}`,
    ),
    path: "DirectoryService.AdditionalSssdConfigs.access_provider",
    says: /filter/,
  },
];

const TAGS = Array.from({ length: 41 }, (_, index) => `{Key: k${index}, Value: v}`).join(", ");

const OTHERS: readonly CheckCase[] = [
  {
    id: "LogRotationValidator",
    level: "WARNING",
    name: "logs that are removed",
    file: aws({ more: "Monitoring: {Logs: {CloudWatch: {Enabled: false}}}" }),
    path: "Monitoring.Logs.CloudWatch.Enabled",
    says: /removed/,
  },
  {
    id: "DetailedMonitoringValidator",
    level: "WARNING",
    name: "every minute",
    file: aws({ more: "Monitoring: {DetailedMonitoring: true}" }),
    path: "Monitoring.DetailedMonitoring",
    says: /paid for/,
  },
  {
    id: "ComputeResourceTagsValidator",
    level: "WARNING",
    name: "one key at two places",
    file: aws({
      queue: "Tags: [{Key: a, Value: b}]",
      resource: "InstanceType: c5.large, Tags: [{Key: a, Value: c}]",
    }),
    path: `${QUEUE}.ComputeResources[0].Tags[0].Key`,
    says: /the queue's Tags as well/,
  },
  {
    id: "ComputeResourceTagsValidator",
    level: "ERROR",
    name: "more than a machine takes",
    file: aws({ queue: `Tags: [${TAGS}]` }),
    path: `${QUEUE}.Tags`,
    says: /41 tags/,
  },
  {
    id: "UserValidator",
    level: "ERROR",
    name: "an account of the system",
    file: local("Users: [{Name: root}]"),
    path: "Users[0].Name",
    says: /account of the system/,
  },
  {
    id: "TextValidator",
    level: "ERROR",
    name: "a line end",
    file: local('Tags: [{Key: a, Value: "b\\nc"}]'),
    path: "Tags[0].Value",
    says: /line end/,
  },
  {
    id: "NoEffectValidator",
    level: "WARNING",
    name: "a cookbook",
    file: aws({ more: "DevSettings: {Cookbook: {ChefCookbook: 'https://host/c.tgz'}}" }),
    path: "DevSettings.Cookbook",
    says: /not by Chef/,
  },
  {
    id: "ProviderKeyValidator",
    level: "WARNING",
    name: "a key of the clouds",
    file: local("Region: eu-central-1"),
    path: "Region",
    says: /no effect with Provider: local/,
  },
];

export const SETTINGS_CASES: readonly CheckCase[] = [
  ...RIGHTS,
  ...ACCOUNTING_CASES,
  ...DIRECTORY,
  ...OTHERS,
];
