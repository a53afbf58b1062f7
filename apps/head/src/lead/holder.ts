/**
 * A head machine in one of its lives: one that was started again is somebody else, and what it held
 * before is gone with what ran there.
 */
export interface Holder {
  readonly machine: string;
  readonly boot: string;
}

export function holderName({ machine, boot }: Holder): string {
  return `${machine}/${boot}`;
}

export function parseHolder(name: string): Holder {
  const [machine = "", boot = ""] = name.split("/");
  return { machine, boot };
}
