/** The head machines of a cluster, and the loss of one. */
export const heads = {
  title: "Heads",
  roles: { leading: "Leads", "standing-by": "Stands by", starting: "Starting" },
  zone: (name: string) => `Zone ${name}`,
  changing: "The head changes",
  changingMore:
    "No head answers at the moment. Jobs go on; new ones are taken when a head leads again.",
  isLost: "Lost",
  isReturning: "Coming back",
  returning: "This cluster was lost, and is coming back",
  isHeadless: "No head leads",
  lost: "This cluster counts as lost",
  lostStates: {
    lost: "It is being switched off.",
    fenced: "It is off, and its waiting jobs are being moved.",
    moved: "It is off.",
    returning: "It is being started again.",
  },
  moved: (count: number) =>
    count === 1 ? "1 job was moved to another cluster." : `${count} jobs were moved elsewhere.`,
  since: "Since",
  saidBy: (name: string) => `said by ${name}.`,
  waits: (why: string) => `It does not go on yet: ${why}.`,
};
