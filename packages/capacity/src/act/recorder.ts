import type { Clock, FleetEvent } from "@sluice/model";
import type { Log, Meter } from "../contract.ts";
import type { CapacityStore } from "../store/contract.ts";

/** Whom an event is about. */
export interface EventSubject {
  readonly node?: string;
  readonly jobId?: number | undefined;
  readonly machineId?: string | undefined;
}

/** Gathers what happened, for the log at once and for the store at the end of a pass. */
export class Recorder {
  readonly #clock: Clock;
  readonly #store: CapacityStore;
  readonly #log: Log;
  readonly #meter: Meter | undefined;
  #waiting: FleetEvent[] = [];

  constructor(clock: Clock, store: CapacityStore, log: Log, meter?: Meter) {
    this.#clock = clock;
    this.#store = store;
    this.#log = log;
    this.#meter = meter;
  }

  add(kind: string, message: string, about: EventSubject = {}): void {
    const { node, jobId, machineId } = about;
    const event: FleetEvent = {
      time: this.#clock.now().toISOString(),
      kind,
      message,
      ...(node === undefined ? {} : { node }),
      ...(jobId === undefined ? {} : { job: String(jobId) }),
      ...(machineId === undefined ? {} : { machineId }),
    };
    this.#waiting.push(event);
    this.#meter?.happened(event);
    // The log has a time and a message of its own.
    const { time: _time, message: _message, ...fields } = event;
    this.#log.info(fields, message);
  }

  flush(): void {
    const events = this.#waiting;
    this.#waiting = [];
    this.#store.addEvents(events);
  }
}
