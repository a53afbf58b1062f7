import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { LEADING_TARGET, LEADING_UNITS, TERMINAL_UNITS } from "@sluice/boot";
import { SluiceError } from "@sluice/model";
import { run } from "../run.ts";

/** What only the machine that leads may run. */
export interface LeadingServices {
  /** Allows them to run; starts none. */
  allow(): Promise<void>;
  isAllowed(): Promise<boolean>;
  /** As a stop should be: slurmctld saves its state. At most half a minute. */
  stop(): Promise<void>;
  /** At once. Rejects when something still runs. */
  kill(): Promise<void>;
  /** Without a word to anybody. Does not return. */
  powerOff(): Promise<void>;
}

const STOP_SECONDS = 30;
/** systemd itself may hang. */
const CALL = { timeoutSeconds: 1 };
const LOOKS = 7;
const LOOK_MILLISECONDS = 100;

export const systemdServices: LeadingServices = {
  async allow() {
    await run(["systemctl", "start", LEADING_TARGET]);
  },

  async isAllowed() {
    const state = await run(["systemctl", "show", "--value", "-p", "ActiveState", LEADING_TARGET]);
    return state.trim() === "active";
  },

  async stop() {
    const units = [...LEADING_UNITS, TERMINAL_UNITS, LEADING_TARGET];
    // It says so of units that this machine has not.
    const call = run(["systemctl", "stop", ...units], "", { timeoutSeconds: STOP_SECONDS });
    await call.catch(() => {});
  },

  async kill() {
    // Stopped first, so that systemd starts nothing again.
    await run(["systemctl", "stop", "--no-block", LEADING_TARGET], "", CALL);
    const units = [...LEADING_UNITS, TERMINAL_UNITS];
    for (let look = 0; look < LOOKS; look++) {
      await run(["systemctl", "kill", "--signal=KILL", ...units], "", CALL).catch(() => {});
      if ((await running()).length === 0) return;
      await delay(LOOK_MILLISECONDS);
    }
    const left = (await running()).join(", ");
    if (left === "") return;
    throw new SluiceError("HEAD_STILL_RUNS", "system", `${left} can't be killed`);
  },

  async powerOff() {
    await run(["systemctl", "poweroff", "-ff"]);
  },
};

async function running(): Promise<readonly string[]> {
  const properties = ["--property=ActiveState", "--value"];
  const text = await run(["systemctl", "show", ...properties, ...LEADING_UNITS], "", CALL);
  const states = text.split("\n").filter((line) => line !== "");
  return LEADING_UNITS.filter((_, index) => !/^(inactive|failed)$/.test(states[index] ?? ""));
}

/** Of this machine in this life. */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
