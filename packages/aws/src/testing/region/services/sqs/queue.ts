import { createHash, randomUUID } from "node:crypto";

interface Message {
  readonly id: string;
  readonly body: string;
  readonly sentAt: number;
  /** Of the last time that it was received. */
  receipt: string;
  received: number;
  /** Milliseconds since the epoch; received messages are hidden until then. */
  visibleAt: number;
}

export interface Received {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
  /** How often, this time included. */
  readonly received: number;
}

const DEFAULTS = {
  VisibilityTimeout: "30",
  MessageRetentionPeriod: "345600",
  ReceiveMessageWaitTimeSeconds: "0",
};

/** A standard queue: any order, at least once, long polls. */
export class Queue {
  readonly name: string;
  readonly tags = new Map<string, string>();
  readonly #now: () => Date;
  readonly #messages = new Map<string, Message>();
  readonly #waiting = new Set<() => void>();
  #configured: Readonly<Record<string, string>> = DEFAULTS;
  #closed = false;

  constructor(name: string, now: () => Date) {
    this.name = name;
    this.#now = now;
  }

  get waitSeconds(): number {
    return Number(this.#configured.ReceiveMessageWaitTimeSeconds);
  }

  configure(attributes: Readonly<Partial<Record<string, string>>>): void {
    this.#configured = { ...this.#configured, ...(attributes as Record<string, string>) };
  }

  tag(tags: Readonly<Record<string, string>>): void {
    for (const [key, value] of Object.entries(tags)) this.tags.set(key, value);
  }

  attributes(): Readonly<Record<string, string>> {
    const now = this.#now().getTime();
    const messages = [...this.#live()];
    const visible = messages.filter(({ visibleAt }) => visibleAt <= now).length;
    return {
      ...this.#configured,
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(messages.length - visible),
    };
  }

  /** @returns its id. */
  send(body: string): string {
    const id = randomUUID();
    const sentAt = this.#now().getTime();
    this.#messages.set(id, { id, body, sentAt, receipt: "", received: 0, visibleAt: 0 });
    this.#wake();
    return id;
  }

  /** Waits for messages when there are none, so long at most. */
  async receive(options: {
    readonly most: number;
    readonly waitMs: number;
    readonly hiddenSeconds: number | undefined;
    readonly gone: AbortSignal | undefined;
  }): Promise<readonly Received[]> {
    const until = Date.now() + options.waitMs;
    for (;;) {
      if (options.gone?.aborted === true) return [];
      const messages = this.#take(options.most, options.hiddenSeconds);
      const left = until - Date.now();
      if (messages.length > 0 || left <= 0 || this.#closed) return messages;
      await this.#change(left, options.gone);
    }
  }

  delete(receipt: string): void {
    const message = this.#of(receipt);
    if (message !== undefined) this.#messages.delete(message.id);
  }

  hide(receipt: string, seconds: number): void {
    const message = this.#of(receipt);
    if (message === undefined) return;
    message.visibleAt = this.#now().getTime() + seconds * 1000;
    if (seconds === 0) this.#wake();
  }

  purge(): void {
    this.#messages.clear();
  }

  /** Ends all polls. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #take(most: number, hiddenSeconds: number | undefined): readonly Received[] {
    const now = this.#now().getTime();
    const hidden = hiddenSeconds ?? Number(this.#configured.VisibilityTimeout);
    const taken = [...this.#live()].filter(({ visibleAt }) => visibleAt <= now).slice(0, most);
    return taken.map((message) => {
      message.receipt = randomUUID();
      message.received += 1;
      message.visibleAt = now + hidden * 1000;
      return {
        id: message.id,
        body: message.body,
        receipt: message.receipt,
        received: message.received,
      };
    });
  }

  *#live(): Iterable<Message> {
    const oldest = this.#now().getTime() - Number(this.#configured.MessageRetentionPeriod) * 1000;
    for (const message of this.#messages.values()) {
      if (message.sentAt >= oldest) yield message;
      else this.#messages.delete(message.id);
    }
  }

  #of(receipt: string): Message | undefined {
    return [...this.#messages.values()].find((message) => message.receipt === receipt);
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Until there may be something, for `ms` or until the next hidden message shows itself. */
  async #change(ms: number, gone: AbortSignal | undefined): Promise<void> {
    const now = this.#now().getTime();
    const next = Math.min(...[...this.#messages.values()].map(({ visibleAt }) => visibleAt - now));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    gone?.addEventListener("abort", () => resolve(), { once: true });
    const timer = setTimeout(resolve, Math.max(1, Math.min(ms, next)));
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
  }
}

export function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
