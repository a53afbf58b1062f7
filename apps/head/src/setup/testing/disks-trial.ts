import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { messageOf } from "@sluice/model";
import { mountDisks } from "../disks.ts";

/**
 * What is done in a mount namespace of its own, so that nothing stays mounted whatever happens: to
 * mount disks, and to run a command and look at what it says.
 */
export type Act =
  | { readonly mount: readonly { readonly device: string; readonly mountPoint: string }[] }
  | { readonly sh: string };

/** Run as a program: acts as JSON, by standard input; prints what each of them said. */
if (process.argv[1] === import.meta.filename) {
  const input = readFileSync(process.stdin.fd, "utf8");
  const { volume, acts } = JSON.parse(input) as { volume: string; acts: Act[] };
  const said: string[] = [];
  for (const act of acts) {
    said.push(
      "sh" in act
        ? execFileSync("sh", ["-c", act.sh], { encoding: "utf8" }).trim()
        : await mountDisks(act.mount, { volume, raidLevel: () => 0 }).then(
            () => "mounted",
            (error: unknown) => messageOf(error),
          ),
    );
  }
  process.stdout.write(JSON.stringify(said));
}
