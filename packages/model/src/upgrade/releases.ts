/** Major releases of Slurm, oldest first. */
export const SLURM_RELEASES = [
  "22.05",
  "23.02",
  "23.11",
  "24.05",
  "24.11",
  "25.05",
  "25.11",
  "26.05",
] as const;
export type SlurmRelease = (typeof SLURM_RELEASES)[number];

/** What the images of the local cloud bring; `debian14` is in the making. */
const RELEASE_OF_OS: Readonly<Record<string, SlurmRelease>> = {
  debian12: "22.05",
  debian13: "24.11",
  debian14: "26.05",
};

/** Undefined where it depends on more than the operating system. */
export function slurmOfOs(os: string): SlurmRelease | undefined {
  return Object.hasOwn(RELEASE_OF_OS, os) ? RELEASE_OF_OS[os] : undefined;
}

/** The operating system whose image brings the release; undefined when none does. */
export function osOfSlurm(release: SlurmRelease): string | undefined {
  return Object.keys(RELEASE_OF_OS).find((os) => RELEASE_OF_OS[os] === release);
}

/** The major release of a version such as `24.11.5` or `slurm 24.11.5`; undefined when unknown. */
export function slurmRelease(version: string): SlurmRelease | undefined {
  const [, release] = /^(?:slurm(?:-wlm)? )?(\d\d\.\d\d)(?:\.\d+\S*)?$/.exec(version.trim()) ?? [];
  return SLURM_RELEASES.find((one) => one === release);
}

/** Negative when `a` is the older one. */
export function compareReleases(a: SlurmRelease, b: SlurmRelease): number {
  return SLURM_RELEASES.indexOf(a) - SLURM_RELEASES.indexOf(b);
}

/** From this release on three former ones are understood, before that two. */
const THREE_SINCE: SlurmRelease = "24.11";

/**
 * Whether daemons of `newer` take the messages, the saved state and the database of `older`: the same
 * release and the two before it, from 24.11 on three. Source: "Compatibility Window" of
 * https://slurm.schedmd.com/upgrades.html.
 */
export function understands(newer: SlurmRelease, older: SlurmRelease): boolean {
  const distance = compareReleases(newer, older);
  const window = compareReleases(newer, THREE_SINCE) >= 0 ? 3 : 2;
  return distance >= 0 && distance <= window;
}

/** The shortest ways from one release to another, each without its two ends; none when there is none. */
export function waysBetween(
  from: SlurmRelease,
  to: SlurmRelease,
): readonly (readonly SlurmRelease[])[] {
  let ways: readonly (readonly SlurmRelease[])[] = [[]];
  for (let step = 0; step < SLURM_RELEASES.length; step += 1) {
    const done = ways.filter((way) => understands(to, way.at(-1) ?? from));
    if (done.length > 0) return done;
    ways = ways.flatMap((way) => {
      const last = way.at(-1) ?? from;
      return SLURM_RELEASES.filter(
        (next) => next !== last && understands(next, last) && compareReleases(next, to) < 0,
      ).map((next) => [...way, next]);
    });
  }
  return [];
}
