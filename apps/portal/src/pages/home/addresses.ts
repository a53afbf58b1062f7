export function addressOfJob(cluster: string, job: string): string {
  return `/jobs/${encodeURIComponent(cluster)}/${encodeURIComponent(job)}`;
}

export function addressOfCluster(cluster: string): string {
  return `/clusters/${encodeURIComponent(cluster)}`;
}
