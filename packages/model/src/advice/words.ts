import type { QueueCandidate } from "../catalogue/candidates.ts";
import { grouped, usd } from "./money.ts";

/** `c5.large`, `c5.large and c6i.large`, `c5.large, c6i.large and 3 more`. */
export function listed(names: readonly string[]): string {
  const [first = "", second, third, ...more] = names;
  if (second === undefined) return first;
  if (third === undefined) return `${first} and ${second}`;
  return more.length === 0
    ? `${first}, ${second} and ${third}`
    : `${first}, ${second} and ${more.length + 1} more`;
}

export function typeNames(types: readonly { readonly name: string }[]): string {
  return listed([...new Set(types.map(({ name }) => name))]);
}

/** `hpc7a.48xlarge (96 cores, 384 GiB, 7.20 USD an hour, 0.075 USD for each core)` */
export function candidateWords({ type, cores, price }: QueueCandidate): string {
  const memory = `${grouped(Math.round(type.memoryMiB / 1024))} GiB`;
  const gpus =
    type.gpus === undefined ? "" : `, ${type.gpus.count} ${type.gpus.model.toUpperCase()}`;
  const cost =
    price === undefined
      ? "price not known here"
      : `${price.approximate ? "about " : ""}${usd(price.usdPerHour)} an hour, ${usd(price.usdPerHour / cores)} for each core`;
  return `${type.name} (${counted(cores, "core")}, ${memory}${gpus}, ${cost})`;
}

/** `0.0425 USD an hour for each core` */
export function perCore(usdPerHour: number): string {
  return `${usd(usdPerHour)} an hour for each core`;
}

/** `1 node`, `1,200 nodes` */
export function counted(number: number, noun: string): string {
  return `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;
}
