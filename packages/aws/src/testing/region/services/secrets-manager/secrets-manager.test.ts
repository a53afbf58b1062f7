import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach, expect, test } from "vitest";
import { IdleHypervisor } from "../../idle-hypervisor.ts";
import { Region } from "../../region.ts";

let region: Region;
let secrets: SecretsManagerClient;
const Name = "sluice/demo-1/munge";

beforeEach(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  const { name, endpoint, credentials } = region;
  secrets = new SecretsManagerClient({ region: name, endpoint, credentials, maxAttempts: 1 });
});

afterEach(async () => {
  secrets.destroy();
  await region.close();
  expect(region.defects).toEqual([]);
});

const create = () =>
  secrets.send(
    new CreateSecretCommand({
      Name,
      SecretString: "first",
      Tags: [{ Key: "sluice:cluster-name", Value: "demo" }],
    }),
  );
const value = async (SecretId: string) =>
  (await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString;

test("secrets are found by name and by ARN, and change", async () => {
  const { ARN = "" } = await create();
  expect(ARN).toMatch(
    /^arn:aws:secretsmanager:eu-central-1:123456789012:secret:sluice\/demo-1\/munge-\w{6}$/,
  );
  expect(await value(ARN)).toBe("first");
  await secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretString: "second" }));
  expect(await value(ARN.slice(0, -7))).toBe("second");
  await expect(create()).rejects.toMatchObject({ name: "ResourceExistsException" });
  await expect(value("none")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  const Filters = [{ Key: "tag-value" as const, Values: ["demo"] }];
  const { SecretList } = await secrets.send(new ListSecretsCommand({ Filters }));
  expect(SecretList?.map((secret) => secret.Name)).toEqual([Name]);
});

test("secrets that wait for their end keep their names, until it is forced", async () => {
  await create();
  await secrets.send(new DeleteSecretCommand({ SecretId: Name, RecoveryWindowInDays: 7 }));
  await expect(value(Name)).rejects.toMatchObject({ name: "InvalidRequestException" });
  await expect(create()).rejects.toThrow("already scheduled for deletion");
  await secrets.send(new RestoreSecretCommand({ SecretId: Name }));
  expect(await value(Name)).toBe("first");
  const forced = { SecretId: Name, ForceDeleteWithoutRecovery: true };
  await secrets.send(new DeleteSecretCommand(forced));
  await secrets.send(new DeleteSecretCommand(forced));
  await create();
});

test("passwords have the length and the characters that were asked for", async () => {
  const { RandomPassword } = await secrets.send(
    new GetRandomPasswordCommand({
      PasswordLength: 44,
      ExcludePunctuation: true,
      ExcludeCharacters: "0O",
    }),
  );
  expect(RandomPassword).toMatch(/^[A-NP-Za-z1-9]{44}$/);
});
