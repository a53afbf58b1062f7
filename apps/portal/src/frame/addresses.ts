/** Pages that several others lead to. */

/** `job` as Slurm writes it: `17`, `17_3`. */
export function jobHref(cluster: string, job: string | number): string {
  return `/jobs/${encodeURIComponent(cluster)}/${encodeURIComponent(job)}`;
}

export function clusterHref(cluster: string): string {
  return `/clusters/${encodeURIComponent(cluster)}`;
}

export function runHref(id: string): string {
  return `/runs/${encodeURIComponent(id)}`;
}

/** Where an application is chosen, or the form of one, to begin with a file. */
export function submitHref(
  beginning: { readonly cluster: string; readonly file: string } | undefined,
  application?: string,
): string {
  const page = application === undefined ? "/submit" : `/submit/${encodeURIComponent(application)}`;
  return beginning === undefined ? page : `${page}?${new URLSearchParams({ ...beginning })}`;
}

export function filesHref(cluster: string, path?: string): string {
  const query = path === undefined ? "" : `?${new URLSearchParams({ path })}`;
  return `/files/${encodeURIComponent(cluster)}${query}`;
}
