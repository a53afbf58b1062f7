import { clustersRoutes } from "@sluice/api";
import { planCluster, planUpdate } from "@sluice/lifecycle";
import { type Account, type ClusterConfig, checkClusterFile, messageOf } from "@sluice/model";
import { type Implementation, implement } from "../../http/handler.ts";
import { tooLarge } from "../../http/problems.ts";
import { checkedClusterFile, strictnessOf, withoutFetching } from "../checked-file.ts";
import { isAtLeastOn } from "../sight.ts";
import { spaced } from "../spaced.ts";
import { type ClusterParts, operationView, seenCluster } from "./parts.ts";

/** Checking a file takes the server's time, and everybody may ask for it. */
export const MOST_OF_STRANGERS = 64_000;

/** What makes, changes and removes clusters. */
export function changeRoutes(parts: ClusterParts): readonly Implementation[] {
  const { clusters, operations, clock, files } = parts;
  const inTurn = spaced(clock);
  return [
    implement(clustersRoutes.validateClusterFile, async ({ body, principal, signal }) => {
      const { clusterConfiguration: text, online, ...asked } = body;
      const isAdministrator = isAtLeastOn(principal, "*", "administrator");
      if (!isAdministrator && text.length > MOST_OF_STRANGERS) throw tooLarge();
      const strictness = strictnessOf(asked);
      const account = await accountFor(parts, text, online, isAdministrator, signal);
      const check = () =>
        "none" in account
          ? files.run("validate", text, strictness, account.none)
          : checkClusterFile(text, { fileName: "", ...strictness }, account, signal);
      const result = await (isAdministrator ? check() : inTurn(check));
      const findings = result.ok ? result.warnings : result.findings;
      return { valid: result.ok, findings, notRun: result.notRun };
    }),

    implement(clustersRoutes.planCluster, async ({ body }) => {
      const { clusterName: name, clusterConfiguration, ...asked } = body;
      const { config, configText, warnings } = await checkedClusterFile(
        files,
        clusterConfiguration,
        asked,
      );
      const { cloud, region } = await clusters.cloudFor(placeOf(config));
      const plan = await planCluster({ cloud, name, clock, config, configText });
      const cost = await files.run("cost", config);
      return {
        ...plan,
        region,
        cost: { ...cost.after, unknownPrices: cost.unknownPrices },
        validationMessages: warnings,
      };
    }),

    implement(clustersRoutes.createCluster, async ({ body, principal, audit }) => {
      const { clusterName: cluster, clusterConfiguration, rollbackOnFailure, ...asked } = body;
      audit.target(`cluster ${cluster}`);
      const { config, configText, warnings } = await checkedClusterFile(
        files,
        clusterConfiguration,
        asked,
      );
      const place = await clusters.cloudFor(placeOf(config));
      const keepOnFailure = !rollbackOnFailure;
      const kind = "create-cluster";
      const request = { kind, cluster, place, config, configText, keepOnFailure } as const;
      const operation = await operations.start(request, principal);
      audit.detail({ operation: operation.id });
      return operationView(operation, { validationMessages: warnings });
    }),

    implement(clustersRoutes.planClusterUpdate, async ({ params, body, principal }) => {
      const { cloud, name } = await seenCluster(parts, principal, params.cluster);
      const { clusterConfiguration, ...asked } = body;
      const { config, warnings } = await checkedClusterFile(files, clusterConfiguration, asked);
      const plan = await planUpdate({ cloud, name, config });
      return { ...plan, validationMessages: warnings };
    }),

    implement(clustersRoutes.updateCluster, async ({ params, body, principal, audit }) => {
      const { name: cluster } = await seenCluster(parts, principal, params.cluster);
      audit.target(`cluster ${cluster}`);
      const { clusterConfiguration, ...asked } = body;
      const { config, configText, warnings } = await checkedClusterFile(
        files,
        clusterConfiguration,
        asked,
      );
      const request = { kind: "update-cluster", cluster, config, configText } as const;
      const operation = await operations.start(request, principal);
      audit.detail({ operation: operation.id });
      return operationView(operation, { validationMessages: warnings });
    }),

    implement(clustersRoutes.deleteCluster, async ({ params, query, principal, audit }) => {
      const { name: cluster } = await seenCluster(parts, principal, params.cluster);
      audit.target(`cluster ${cluster}`);
      const { keepAccounting: retainAccounting, retainStorage } = query;
      const kind = "delete-cluster";
      const request = { kind, cluster, retainAccounting, retainStorage } as const;
      const operation = await operations.start(request, principal);
      audit.detail({ operation: operation.id, retainAccounting, retainStorage });
      return operationView(operation);
    }),

    ...(["stop-cluster", "start-cluster"] as const).map((kind) => {
      const route =
        kind === "stop-cluster" ? clustersRoutes.stopCluster : clustersRoutes.startCluster;
      return implement(route, async ({ params, principal, audit }) => {
        const { name: cluster } = await seenCluster(parts, principal, params.cluster);
        audit.target(`cluster ${cluster}`);
        const operation = await operations.start({ kind, cluster }, principal);
        audit.detail({ operation: operation.id });
        return operationView(operation);
      });
    }),

    implement(clustersRoutes.updateComputeFleet, async ({ params, body, principal, audit }) => {
      const { name: cluster } = await seenCluster(parts, principal, params.cluster);
      const { status } = body;
      audit.target(`cluster ${cluster}`);
      const request = { kind: "update-compute-fleet", cluster, status } as const;
      const operation = await operations.start(request, principal);
      audit.detail({ operation: operation.id, status });
      return operationView(operation);
    }),
  ];
}

function placeOf({ Provider: provider, Region: region }: ClusterConfig) {
  return { provider, region: provider === "local" ? undefined : region };
}

/** The account that the file's cluster would be in, or why none is asked. */
async function accountFor(
  parts: ClusterParts,
  text: string,
  online: boolean,
  isAdministrator: boolean,
  signal: AbortSignal,
): Promise<Account | { readonly none: string }> {
  if (!online) return { none: "no account was asked; online asks one" };
  if (!isAdministrator) return { none: "only administrators may have an account asked" };
  const lenient = { suppressed: new Set(["ALL"]) };
  const parsed = await parts.files.run("check", text, lenient);
  if (!parsed.ok) return { none: "the file has errors that need no account" };
  const { Provider: provider, Region: region } = parsed.config;
  if (provider === "local") return { none: "the local cloud has no account" };
  if (parts.openAccount === undefined) return { none: "this server asks no account" };
  try {
    const account = await parts.openAccount(provider, region);
    await account.identity(signal);
    return withoutFetching(account);
  } catch (error) {
    return { none: messageOf(error) };
  }
}
