/** `rwxr-x---`, as `ls` has it, with the bits of setuid, setgid and sticky. */
export function permissions(mode: number): string {
  const letters = [..."rwxrwxrwx"].map((letter, at) => ((mode >> (8 - at)) & 1 ? letter : "-"));
  const special = (bit: number, at: number, letter: string): void => {
    if ((mode & bit) === 0) return;
    letters[at] = letters[at] === "x" ? letter : letter.toUpperCase();
  };
  special(0o4000, 2, "s");
  special(0o2000, 5, "s");
  special(0o1000, 8, "t");
  return letters.join("");
}
