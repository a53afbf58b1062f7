import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { type Clock, messageOf, SluiceError } from "@sluice/model";
import type { OpenTerminal, TerminalState } from "../terminal/contract.ts";
import { type TerminalEnd, terminalEndIn } from "../terminal/messages.ts";
import type { Account } from "./accounts.ts";
import type { DoorLog } from "./door.ts";
import { opened } from "./opened.ts";
import { isSocketOf, seal } from "./sealed.ts";

/** Login shells that outlive connections, and this process: all that is known of them is on disk. */
export interface DoorTerminals {
  /** Errors: `GATEWAY_USER_UNKNOWN`, `TERMINALS_TOO_MANY`, `GATEWAY_BUSY`, `TERMINAL_FAILED`. */
  open(user: string, wish: OpenTerminal): Promise<void>;
  /** Those that live, and those that ended in the last day. */
  list(): Promise<readonly TerminalState[]>;
  /** With all that was started in it; nothing when it is over. */
  end(id: string): Promise<void>;
  /** Errors: `TERMINAL_NOT_FOUND`, also for another's. */
  connect(user: string, id: string): Promise<Socket>;
}

export interface TerminalStart {
  readonly account: Account;
  readonly id: string;
  /** The account's own, for `terminal.sock` and `ended`. */
  readonly folder: string;
  readonly settings: Omit<OpenTerminal, "id" | "mostOfUser">;
}

export interface DoorTerminalsOptions {
  /** Root's, and gone with the machine's memory: terminals do not outlive that either. */
  readonly folder: string;
  /** Throws `GATEWAY_USER_UNKNOWN`. */
  readonly accountFor: (user: string) => Promise<Account>;
  /** Runs `terminal.py` as that account in a group of processes of its own. */
  readonly start: (start: TerminalStart) => Promise<void>;
  /** Ends that group, whatever it does against it; resolves when nothing of it is left. */
  readonly stop: (id: string) => Promise<void>;
  /** Of all users. */
  readonly most: number;
  readonly clock: Clock;
  readonly log: DoorLog;
}

interface About {
  readonly user: string;
}

const START_MILLISECONDS = 15_000;
const LOOK_MILLISECONDS = 10;
const REMEMBERED_MILLISECONDS = 86_400_000;
const MOST_RECORD_BYTES = 1024;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function createDoorTerminals(options: DoorTerminalsOptions): DoorTerminals {
  const { folder, clock, log } = options;
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o711);
  const starting = new Set<string>();
  /** One after the other, or two would both find the last place. */
  let turn: Promise<unknown> = Promise.resolve();

  const list = async (): Promise<readonly TerminalState[]> => {
    const ids = readdirSync(folder).filter((id) => ID.test(id));
    const states = await Promise.all(ids.map((id) => stateOf(id)));
    return states.filter((state) => state !== undefined);
  };

  const stateOf = async (id: string): Promise<TerminalState | undefined> => {
    const about = aboutOf(folder, id);
    if (about === undefined) return undefined;
    const { user } = about;
    if (starting.has(id) || (await answers(socketIn(folder, id)))) return { id, user };
    const age = clock.now().getTime() - statSync(join(folder, id)).mtimeMs;
    if (age > REMEMBERED_MILLISECONDS) rmSync(join(folder, id), { recursive: true, force: true });
    return { id, user, ended: endIn(join(folder, id, "own", "ended")) };
  };

  const checkRoom = async (user: string, mostOfUser: number): Promise<void> => {
    const live = (await list()).filter(({ ended }) => ended === undefined);
    if (live.filter((one) => one.user === user).length >= mostOfUser) {
      throw new SluiceError(
        "TERMINALS_TOO_MANY",
        "user",
        `${user} has ${mostOfUser} terminals open on the head, which is as many as there may be`,
        { hint: "end one of them first" },
      );
    }
    if (live.length >= options.most) {
      throw new SluiceError(
        "GATEWAY_BUSY",
        "system",
        `${options.most} terminals are open on the head, which is as many as it takes`,
        { hint: "try again in a while" },
      );
    }
  };

  const launch = async (account: Account, wish: OpenTerminal): Promise<void> => {
    const { id, mostOfUser, ...settings } = wish;
    const place = join(folder, id);
    const own = join(place, "own");
    starting.add(id);
    try {
      mkdirSync(place, { mode: 0o711 });
      chmodSync(place, 0o711);
      writeFileSync(join(place, "about.json"), JSON.stringify({ user: account.name }), {
        mode: 0o600,
      });
      mkdirSync(own, { mode: 0o700 });
      chownSync(own, account.uid, account.gid);
      await options.start({ account, id, folder: own, settings });
      const path = socketIn(folder, id);
      for (let waited = 0; !isSocketOf(path, account); waited += LOOK_MILLISECONDS) {
        if (waited > START_MILLISECONDS) throw new Error("it did not begin to listen");
        await clock.sleep(LOOK_MILLISECONDS);
      }
      // Nobody but root changes the folder from here on: what is looked at now stays.
      seal(own);
      if (!isSocketOf(path, account)) throw new Error("it does not listen");
      log.info({ user: account.name, terminal: id }, "terminal opened");
    } catch (error) {
      await options.stop(id).catch(() => {});
      rmSync(place, { recursive: true, force: true });
      log.warn({ user: account.name, err: error }, "a terminal did not start");
      throw new SluiceError(
        "TERMINAL_FAILED",
        "system",
        `a terminal of ${account.name} did not start: ${messageOf(error)}`,
        { hint: "see `journalctl -t sluice-terminal -u sluice-gateway` on the head" },
      );
    } finally {
      starting.delete(id);
    }
  };

  return {
    list,
    async open(user, wish) {
      const account = await options.accountFor(user);
      if (!ID.test(wish.id)) throw notFound();
      const mine = turn.then(async () => {
        await checkRoom(account.name, wish.mostOfUser);
        await launch(account, wish);
      });
      turn = mine.catch(() => {});
      await mine;
    },
    async end(id) {
      if (!ID.test(id) || aboutOf(folder, id) === undefined) return;
      await options.stop(id);
      rmSync(join(folder, id), { recursive: true, force: true });
      log.info({ terminal: id }, "terminal ended");
    },
    async connect(user, id) {
      if (!ID.test(id) || aboutOf(folder, id)?.user !== user) throw notFound();
      try {
        return await opened(connect({ path: socketIn(folder, id), allowHalfOpen: true }));
      } catch {
        throw notFound();
      }
    },
  };
}

function socketIn(folder: string, id: string): string {
  return join(folder, id, "own", "terminal.sock");
}

function aboutOf(folder: string, id: string): About | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, id, "about.json"), "utf8")) as About;
  } catch {
    return undefined;
  }
}

async function answers(path: string): Promise<boolean> {
  try {
    (await opened(connect(path))).destroy();
    return true;
  } catch {
    return false;
  }
}

/** What the terminal wrote of its end; it is a file of a user's, and may be anything. */
function endIn(path: string): TerminalEnd {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (!fstatSync(file).isFile()) return { reason: "killed" };
    const bytes = Buffer.alloc(MOST_RECORD_BYTES);
    return terminalEndIn(bytes.toString("utf8", 0, readSync(file, bytes)));
  } catch {
    return { reason: "killed" };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function notFound(): SluiceError {
  return new SluiceError("TERMINAL_NOT_FOUND", "user", "there is no such terminal on the head", {
    hint: "open another",
  });
}
