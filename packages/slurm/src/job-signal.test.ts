import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signalOfScript, signalOfSubmitLine } from "./job-signal.ts";

/** As a user would write it. */
function shown(signal: ReturnType<typeof signalOfScript>): string | undefined {
  return signal && `${signal.batchOnly ? "B:" : ""}${signal.signal}@${signal.seconds}`;
}

describe("a submit line", () => {
  // The first ones are what sbatch 24.11 took and accounting kept.
  test.each([
    ["sbatch -N1 -c1 --signal=B:USR1@60 --time=10 --wrap trap x USR1; sleep 1", "B:USR1@60"],
    ["sbatch -o /dev/null --sig B:USR1@60 --wrap sleep 60", "B:USR1@60"],
    ["sbatch --signal TERM --wrap=x", "TERM@60"],
    ["sbatch --signal usr1@5 --wrap=x", "USR1@5"],
    ["sbatch --signal B:USR1@70 /tmp/s1.sh --signal=TERM", "B:USR1@70"],
    ["sbatch --signal 40 /tmp/s1.sh", "40@60"],
    ["sbatch --signal USR1@0 s.sh", "USR1@0"],
    ["sbatch --signal=USR1 --signal=R:INT@9 s.sh", "INT@9"],
    ["sbatch --signal=RB:SIGHUP@9 s.sh", "B:HUP@9"],
    ["/usr/bin/sbatch -HN 2 -W --exclusive --nice -J a --wait --signal=BR:USR2 s.sh", "B:USR2@60"],
    ["srun -W 30 --wait 5 --pty --signal=USR1 hostname", "USR1@60"],
    ["salloc -I5 -K --no-shell --signal USR2@10", "USR2@10"],
    ["sbatch -- --signal=USR1", undefined],
    ["sbatch s.sh --signal=USR1", undefined],
    ["sbatch --wrap sleep 60 --signal=USR1", undefined],
    ["sbatch --wrap=sleep 60 --signal=USR1", undefined],
    ["sbatch -J --signal=USR1 s.sh", undefined],
    ["sbatch -J a b --signal=KILL --comment x\ny|z --signal=INT s.sh", undefined],
    ["sbatch --signal=FOO s.sh", undefined],
    ["sbatch --signal=65 s.sh", undefined],
    ["sbatch --signal=USR1@70000 s.sh", undefined],
    ["sbatch --signal=USR1;id s.sh", undefined],
    ["sbatch --signal", undefined],
    ["", undefined],
  ])("%s", (line, signal) => {
    expect(shown(signalOfSubmitLine(line).signal)).toBe(signal);
  });

  test("of a heterogeneous job has options for each part", () => {
    const line = "sbatch --signal B:USR1@1 : -N1 : --signal B:USR2@2 s.sh";
    const parts = [0, 1, 2, 3].map((part) => shown(signalOfSubmitLine(line, part).signal));
    expect(parts).toEqual(["B:USR1@1", undefined, "B:USR2@2", undefined]);
  });

  test("says whether there is a script to look into", () => {
    expect(signalOfSubmitLine("sbatch -N1 --wrap x").isWrapped).toBe(true);
    expect(signalOfSubmitLine("sbatch -N1 s.sh --wrap").isWrapped).toBe(false);
  });

  test("of any words gives a signal that Slurm takes, or none", () => {
    const word = fc.oneof(
      fc.constantFrom("-N", "--signal", "--signal=", "B:", "USR1", "@", ":", "--wrap", "9", "-"),
      fc.string(),
    );
    const line = fc.array(fc.tuple(word, fc.constantFrom("", " ")), { maxLength: 12 });
    fc.assert(
      fc.property(line, (words) => {
        const { signal } = signalOfSubmitLine(`sbatch ${words.flat().join("")}`);
        if (signal === undefined) return;
        expect(signal.signal).toMatch(/^([A-Z]{2,4}[12]?|[1-9]\d?)$/);
        expect(signal.seconds).toBeLessThanOrEqual(65_535);
      }),
    );
  });
});

describe("a script", () => {
  test.each([
    ["#!/bin/sh\n#SBATCH --signal=B:USR2@120 -N1\necho hi\n", "B:USR2@120"],
    ["#!/bin/sh\n\n# words\n#SBATCH -N1\n  \n#SBATCH --signal USR1\necho\n", "USR1@60"],
    ["#!/bin/sh\necho hi\n#SBATCH --signal=USR1\n", undefined],
    ["#!/bin/sh\n##SBATCH --signal=USR1\n# SBATCH --signal=USR1\n", undefined],
    ["#SBATCH --signal=USR1\n#SBATCH --signal=USR2@5\n", "USR2@5"],
    ["#SBATCH -N1 # --signal=USR1\n", undefined],
    [`#SBATCH -J "a b" --comment='x # y' --signal="B:USR1@7"\n`, "B:USR1@7"],
    [`#SBATCH --comment="--signal=USR1"\n`, undefined],
    ["#SBATCH --comment a\\ --signal=USR1\n", undefined],
    ["", undefined],
  ])("%j", (script, signal) => {
    expect(shown(signalOfScript(script))).toBe(signal);
  });

  test("of a heterogeneous job has lines for each part", () => {
    const script =
      "#!/bin/sh\n#SBATCH --signal=B:USR1@3\n#SBATCH hetjob\n#SBATCH -N1 --signal B:USR2@4 # x\nx\n";
    const parts = [0, 1, 2].map((part) => shown(signalOfScript(script, part)));
    expect(parts).toEqual(["B:USR1@3", "B:USR2@4", undefined]);
  });
});
