/** Operating systems that ParallelCluster once had, or has, and that are past their end. */
const REMOVED: readonly (readonly [os: string, name: string, ended: string, instead: string])[] = [
  ["alinux", "Amazon Linux 1", "in December 2023", "alinux2023"],
  ["alinux2", "Amazon Linux 2", "in June 2026", "alinux2023"],
  ["centos6", "CentOS 6", "in November 2020", "rocky9 or rhel9"],
  ["centos7", "CentOS 7", "in June 2024", "rocky9 or rhel9"],
  ["centos8", "CentOS 8", "in December 2021", "rocky9 or rhel9"],
  ["rhel7", "Red Hat Enterprise Linux 7", "in June 2024", "rhel9"],
  ["ubuntu1404", "Ubuntu 14.04", "in April 2019", "ubuntu2404"],
  ["ubuntu1604", "Ubuntu 16.04", "in April 2021", "ubuntu2404"],
  ["ubuntu1804", "Ubuntu 18.04", "in May 2023", "ubuntu2404"],
  ["ubuntu2004", "Ubuntu 20.04", "in May 2025", "ubuntu2404"],
];

/** What is said to who asks for one of them. */
export const REMOVED_OSES = Object.fromEntries(
  REMOVED.map(([os, name, ended, instead]) => [
    os,
    {
      message: `${name} reached the end of its support ${ended} and is not an operating system of Sluice`,
      suggestion: `write ${instead}, and build custom images anew from it`,
    },
  ]),
);
