import type { HourlyPrice } from "../catalogue/machine-types.ts";

/** What the clouds' own calculators count a month as. */
export const HOURS_PER_MONTH = 730;
/** Mondays to Fridays, ten hours a day, in such a month. */
export const WORKING_HOURS_PER_MONTH = (HOURS_PER_MONTH * 50) / 168;

/** `1,234 USD`, `27.20 USD`, `0.0416 USD`: as many digits as matter. */
export function usd(amount: number): string {
  return `${digits(amount)} USD`;
}

function digits(amount: number): string {
  if (amount >= 100) return grouped(Math.round(amount));
  if (amount >= 1) return amount.toFixed(2);
  return String(Number(amount.toPrecision(3)));
}

/** `12,345` */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** To the cent. */
export function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}

/** `0.768 USD an hour`; with `about` where the region's own price is not known. */
export function anHour({ usdPerHour, approximate }: HourlyPrice): string {
  return `${approximate ? "about " : ""}${usd(usdPerHour)} an hour`;
}
