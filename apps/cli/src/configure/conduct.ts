import {
  type Account,
  type ClusterPlan,
  type InterviewOptions,
  type InterviewQuestion,
  type InterviewReply,
  interviewAfter,
  type ListWish,
  messageOf,
  SluiceError,
} from "@sluice/model";
import { usage } from "../usage.ts";
import type { Prompter } from "./prompter.ts";

export interface Conduct {
  readonly options: InterviewOptions;
  /** Answers by the ids of their questions, which then are not asked. */
  readonly presets: ReadonlyMap<string, string>;
  /** Without one, what has no preset is answered with what is at hand. */
  readonly prompter: Prompter | undefined;
  readonly openAccount: (provider: string, region: string | undefined) => Promise<Account>;
  readonly signal: AbortSignal;
  /** Something that a person should know in between. */
  readonly note: (text: string) => void;
}

/**
 * Leads through the interview to its end.
 *
 * Errors: `USAGE` for a preset that is wrong or that nothing asks for, and for what nobody can be
 * asked; `INTERRUPTED` when the person ends it.
 */
export async function conductInterview(conduct: Conduct): Promise<ClusterPlan> {
  const lists = new Lists(conduct);
  const left = new Set(conduct.presets.keys());
  let replies: readonly InterviewReply[] = [];
  /** How many replies there were before each question that a person was asked. */
  const asked: number[] = [];
  for (;;) {
    const progress = interviewAfter(conduct.options, replies);
    if (progress.is === "done") {
      const [unused] = left;
      if (unused === undefined) return progress.plan;
      throw usage(`nothing asks for ${unused}`, "leave it out of --set");
    }
    if (progress.is === "list") {
      const { wish } = progress;
      replies = [...replies, { is: "listed", items: await lists.get(wish.provider, wish) }];
      continue;
    }
    const { question } = progress;
    left.delete(question.id);
    const preset = presetFor(question, conduct);
    if (preset !== undefined) {
      replies = [...replies, { is: "answer", answer: preset }];
      continue;
    }
    const said = await conduct.prompter?.ask(question);
    if (said?.is === "answer") {
      asked.push(replies.length);
      replies = [...replies, said];
    } else if (said?.is === "back") replies = replies.slice(0, asked.pop() ?? 0);
    else throw interrupted();
  }
}

export function interrupted(): SluiceError {
  return new SluiceError("INTERRUPTED", "user", "interrupted: nothing was written");
}

function presetFor(
  question: InterviewQuestion,
  { presets, prompter }: Conduct,
): string | undefined {
  const { id, fallback } = question;
  const preset = presets.get(id);
  if (preset !== undefined) {
    const wrong = question.check(preset);
    if (wrong === undefined) return preset;
    throw usage(`${id} can't be ${JSON.stringify(preset)}: ${wrong}`, "give another answer");
  }
  if (prompter !== undefined || fallback !== undefined) {
    return prompter === undefined ? fallback : undefined;
  }
  throw usage(
    `nobody can be asked for the ${question.message}`,
    `give the answer with --set ${id}=…, or run it in a terminal`,
  );
}

/** Longer than a slow answer, shorter than a person's patience. */
const PATIENCE_MS = 20_000;

/** What accounts have; each list is asked for once, and nothing of an account without credentials. */
class Lists {
  readonly #conduct: Conduct;
  readonly #known = new Map<string, readonly unknown[] | undefined>();
  readonly #accounts = new Map<string, Account | undefined>();
  readonly #noted = new Set<string>();

  constructor(conduct: Conduct) {
    this.#conduct = conduct;
  }

  async get(provider: string, wish: ListWish): Promise<readonly unknown[] | undefined> {
    const key = `${provider} ${wish.region} ${wish.kind}`;
    if (!this.#known.has(key)) {
      const account = await this.#account(provider, wish.region);
      const items = await this.#orNothing(async (signal) => account?.list(wish.kind, signal));
      this.#known.set(key, items);
    }
    return this.#known.get(key);
  }

  async #account(provider: string, region: string | undefined): Promise<Account | undefined> {
    const key = `${provider} ${region}`;
    if (!this.#accounts.has(key)) {
      const account = await this.#orNothing(async (signal) => {
        const opened = await this.#conduct.openAccount(provider, region);
        await opened.identity(signal);
        return opened;
      });
      this.#accounts.set(key, account);
    }
    return this.#accounts.get(key);
  }

  /** What can't be had is said once, and the interview goes on without. */
  async #orNothing<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const { signal, note } = this.#conduct;
    try {
      return await ask(AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]));
    } catch (error) {
      if (signal.aborted) throw interrupted();
      const text = `the account can't be asked, so what is built in is shown: ${messageOf(error)}`;
      if (!this.#noted.has(text)) note(text);
      this.#noted.add(text);
      return undefined;
    }
  }
}
