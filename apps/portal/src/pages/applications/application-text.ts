const NAME = /^Name:[^\n]*$/m;

/** The text with another name of the application. */
export function renamed(text: string, name: string): string {
  const line = `Name: ${name}`;
  return NAME.test(text) ? text.replace(NAME, () => line) : `${line}\n${text}`;
}

/** Longest name of an application. */
const LONGEST = 60;

/** `heat-copy`, and `heat-copy-2` where there is one. */
export function copyName(name: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count += 1) {
    const end = count === 1 ? "-copy" : `-copy-${count}`;
    const candidate = `${name.slice(0, LONGEST - end.length)}${end}`;
    if (!taken.has(candidate)) return candidate;
  }
}
