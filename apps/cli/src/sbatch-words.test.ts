import { describe, expect, test } from "vitest";
import { namedAfterScript, sbatchWords } from "./sbatch-words.ts";

describe("words of sbatch", () => {
  test("become options of one word each, the script and its arguments", () => {
    const line = "-p burst --ntasks 4 -t10 --mem=2G --hold -J x --chdir /data job.sh -p --hold";
    expect(sbatchWords(line.split(" "))).toEqual({
      options: [
        ...["--partition=burst", "--ntasks=4", "--time=10", "--mem=2G", "--hold", "--job-name=x"],
      ],
      workingDirectory: "/data",
      script: "job.sh",
      arguments: ["-p", "--hold"],
    });
  });

  test("keep values as they are, with blanks and signs", () => {
    expect(sbatchWords(["--", "--comment", "a b; $(id)", "-"]).options).toEqual([
      "--comment=a b; $(id)",
    ]);
  });

  test.each([[[]], [["--hold"]], [["--time"]], [["-n", "4", "job.sh"]], [["--UID=0", "job.sh"]]])(
    "%j is no submission",
    (words) => {
      expect(() => sbatchWords(words)).toThrow(expect.objectContaining({ code: "USAGE" }));
    },
  );
});

describe("the name of a job", () => {
  const named = (script: string, options: readonly string[] = [], path = "/data/my job.sh") =>
    namedAfterScript(options, { path, script });

  test("is the file's, where nothing else names it", () => {
    expect(named("#!/bin/sh\n#SBATCH --ntasks=2\n# SBATCH -J x\n", ["--hold"])).toEqual([
      "--hold",
      "--job-name=my job.sh",
    ]);
  });

  test("stays what an option or the script says", () => {
    expect(named("#!/bin/sh\n", ["--job-name=x"])).toEqual(["--job-name=x"]);
    for (const line of ["--job-name=x", "--job-name x", "-J x", "-Jx", "--ntasks=2 -J x"]) {
      expect(named(`#!/bin/sh\n#SBATCH ${line}\n`)).toEqual([]);
    }
    expect(named("#!/bin/sh\n", [], "-")).toEqual([]);
  });
});
