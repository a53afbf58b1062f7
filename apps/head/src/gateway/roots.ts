import type { ClusterConfig } from "@sluice/model";

/** What a user sees of a head's files: a home, and what all machines of the cluster share. */
export function rootsOf(
  { home }: { readonly home: string },
  { Provider, SharedStorage }: Pick<ClusterConfig, "Provider" | "SharedStorage">,
): readonly { readonly path: string; readonly name: string }[] {
  // On the local cloud there is one that no file names.
  const always = Provider === "local" ? ["/shared"] : [];
  const shared = new Set([...always, ...SharedStorage.map(({ MountDir }) => MountDir)]);
  // Homes of others are in there, if it is the homes' file system.
  shared.delete("/home");
  shared.delete(home);
  return [
    { path: home, name: "Home" },
    ...[...shared].map((path) => ({ path, name: path.replace(/^\//, "") })),
  ];
}
