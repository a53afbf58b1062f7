const siteOr = (cluster: string): string => (cluster === "" ? "the site" : `cluster ${cluster}`);
const clustersHead = (cluster: string): string => `the head of ${cluster}`;

/** A site: its zones, what is in each, what may be lost. */
export const site = {
  named: (name: string) => `Site ${name}`,
  losable: {
    all: "Any one zone can be lost now",
    allMore: "Whichever it is, the others go on by themselves, and people notice seconds of it.",
    some: (zones: string) => `Zone ${zones} can not be lost now`,
    none: "No zone can be lost now",
    single: "This site has one zone: it can not be lost",
    why: (zone: string) => `If zone ${zone} went:`,
  },
  losses: {
    "last-zone": () => "No other zone is up.",
    database: () => "The database would be away: no copy of it elsewhere may take over.",
    servers: () => "The portal would be away: no server elsewhere answers.",
    cluster: (cluster: string) =>
      `Cluster ${cluster} would take no jobs: no head of it is elsewhere.`,
    queues: (cluster: string, queues: string) =>
      `Jobs of ${queues} on ${cluster} would wait: their machines are in this zone only.`,
  },
  issues: {
    title: "What is wrong now",
    none: "Nothing is wrong",
    severities: { error: "Error", warning: "Warning" },
    since: "Since",
    what: {
      "zone-failed": ({ zone }) => `Zone ${zone} is without power`,
      "zone-cut": ({ zone }) => `Zone ${zone} is cut off`,
      "database-silent": () => "No machine answers for the database",
      "database-away": () => "No machine has the primary of the database",
      "database-alone": () => "The database has no copy that may take over",
      "machine-away": ({ machine }) => `${machine} is not ready`,
      "server-silent": ({ machine }) => `The server on ${machine} does not answer`,
      "cluster-lost": ({ cluster }) => `Cluster ${cluster} counts as lost`,
      "cluster-missing": ({ cluster }) => `Cluster ${cluster} is not there`,
      "cluster-failed": ({ cluster }) => `The last change of cluster ${cluster} failed`,
      "cluster-headless": ({ cluster }) => `No head leads cluster ${cluster}`,
      "cluster-silent": ({ cluster }) => `${capital(clustersHead(cluster))} does not answer`,
      "cluster-alone": ({ cluster }) => `No other head of ${cluster} stands by`,
      "backup-failed": ({ cluster }) => `The last backup of ${siteOr(cluster)} failed`,
      "backup-old": ({ cluster }) => `The last backup of ${siteOr(cluster)} is old`,
    } satisfies Words,
    means: {
      "zone-failed": () =>
        "Its machines are gone. Jobs that ran there begin again elsewhere, if they can be requeued.",
      "zone-cut": () =>
        "Nobody reaches its machines. Jobs on them run on, and count as lost after a while.",
      "database-silent": () =>
        "The portal may not show or change what is kept there. Jobs run and start.",
      "database-away": () =>
        "Nothing can be submitted or changed at the portal. Jobs run and start; accounting catches up.",
      "database-alone": ({ machine }) =>
        `Nobody notices. If ${machine} were lost too, the database would be away until that is back.`,
      "machine-away": () => "The others do its work.",
      "server-silent": () => "The others answer in its place.",
      "cluster-lost": () =>
        "It is switched off. Jobs that waited there and came through the portal go to other clusters.",
      "cluster-missing": () => "The site's file names it, and the cloud has none of that name.",
      "cluster-failed": () => "It goes on as it was. Its page says why.",
      "cluster-headless": () =>
        "Jobs there run on. New ones are taken when a head leads again, mostly within seconds.",
      "cluster-silent": () =>
        "Jobs there run on. New ones are taken when it answers, or another head leads.",
      "cluster-alone": ({ cluster }) =>
        `Nobody notices. If ${clustersHead(cluster)} were lost too, nothing new would be taken until one is there again.`,
      "backup-failed": () => "Nobody notices. What came since the one before is in no backup.",
      "backup-old": () => "Nobody notices. What came since is in no backup.",
    } satisfies Words,
  },
  zones: {
    title: "Zones",
    named: (name: string) => `Zone ${name}`,
    isLost: "is lost",
    states: { up: "Up", failed: "Without power", cut: "Cut off" },
    losable: "Can be lost",
    notLosable: "Can not be lost now",
    empty: "Nothing of the site is in it",
    gone: "What was in it is gone, and is made anew when the zone is back.",
    machines: "Of the site",
    heads: "Heads",
    primary: "Database",
    copy: "Copy of the database, in step",
    copying: "Copy of the database, not in step",
    server: "Server",
    thisServer: "Server, which shows you this",
    silentServer: "Server, silent",
    leavingServer: "Server, stopping",
    notReady: "Not ready",
    roles: { leading: "leads", "standing-by": "stands by", starting: "starts" },
  },
  clusters: {
    title: "Clusters",
    cluster: "Cluster",
    state: "State",
    answers: "Answers",
    silent: "Does not answer",
    lost: "Lost",
    leader: "Leads",
    standingBy: "Stands by",
    backup: "Last backup",
    nobody: "Nobody",
    nobodyLeads: "Nobody leads",
    place: (machine: string, zone: string) => `${machine} in ${zone}`,
  },
  about: {
    title: "About this site",
    address: "Address",
    database: "Database",
    noPrimary: "No machine has the primary",
    primary: (machine: string) => `Primary on ${machine}`,
    inStep: (machines: string) => `In step: ${machines}`,
    notInStep: "No copy in step",
    backup: "Last backup",
    noBackup: "None yet",
    noBackups: "None are made by themselves",
    backupProblem: "See what is wrong above",
    next: "The next",
    servers: "Servers",
    alive: (count: number, all: number) => `${count} of ${all} answer`,
    unknownServers: "Not known while the database is away",
  },
  events: {
    title: "What happened",
    description: "What was lost, and who took over",
    none: "Nothing was lost yet",
    incomplete: (clusters: string) =>
      `Heads of ${clusters} do not answer: what is newest there is missing.`,
    time: "Time",
    where: "Of",
    site: "The site",
    what: "What",
  },
};

interface About {
  readonly zone: string;
  readonly machine: string;
  readonly cluster: string;
}

type Words = Readonly<Record<string, (about: About) => string>>;

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
