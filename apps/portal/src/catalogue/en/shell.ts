export const shell = {
  description: "Terminals on the heads of clusters, as yourself",
  cluster: "Cluster",
  open: "New terminal",
  openOn: (cluster: string) => `Open a terminal on ${cluster}`,
  openAnother: "Open another",
  none: "No terminal is open here",
  noneMore: (minutes: number) =>
    `One that you open lives on when the connection breaks, and ends ${minutes} minutes after you left.`,
  tabs: "Terminals",
  tab: (cluster: string, number: number) => `${cluster} ${number}`,
  label: (name: string) =>
    `Terminal ${name}. Shift and Escape leads out of it; all other keys are its own.`,
  leave: "Shift+Esc leaves the terminal",
  end: "End",
  endTab: (name: string) => `End terminal ${name}`,
  endTitle: (name: string) => `End terminal ${name}?`,
  endMore: "Everything that runs in it ends too. What should go on belongs in a job.",
  elsewhere: (count: number) =>
    count === 1
      ? "You have another terminal on this cluster"
      : `You have ${count} other terminals on this cluster`,
  elsewhereMore: (when: string, from: string) => `opened ${when} from ${from}`,
  connect: "Connect",
  state: {
    connecting: "Connecting",
    open: "Connected",
    waiting: "The connection broke. Connecting again; what is written meanwhile is kept.",
    taken: "This terminal went on in another window",
    over: "The terminal has ended",
    refused: "The terminal can not be reached",
  },
  takeBack: "Go on here",
  why: {
    exited: (code: number | undefined, signal: number | undefined) =>
      signal === undefined
        ? code === undefined || code === 0
          ? "Its shell has ended."
          : `Its shell has ended with exit code ${code}.`
        : `Its shell was ended by signal ${signal}.`,
    ended: "It was ended on request.",
    detached: "Nobody was connected for too long.",
    idle: "Nothing was typed for too long.",
    "access-lost": "Your account or role no longer allows it.",
    "switched-off": "This site has no shell any more.",
    lost: "It broke off: its process was killed, or the head was started again.",
  },
  missed: (size: string) => `[${size} of output before this are kept no longer]`,
  tools: "Terminal",
  copy: "Copy the selection (Ctrl+Shift+C)",
  paste: "Paste (Ctrl+Shift+V)",
  clear: "Clear the screen's memory",
  larger: "Larger text",
  smaller: "Smaller text",
  forScreenReader: "For screen readers",
  tooMuch: "That is too much to paste at a time: upload it as a file instead.",
  noPaste: "The browser does not let this page read the clipboard. Press Ctrl+Shift+V instead.",
  off: "This site has no shell in the browser",
  offMore: "An administrator switched it off.",
  nobody: "You are nobody on clusters",
  nobodyMore: "Your account has no Unix user. Ask an administrator of the site to map it.",
  noCluster: "There is no cluster for you yet",
  noClusterMore: "A terminal needs one on which you are a user.",
};
