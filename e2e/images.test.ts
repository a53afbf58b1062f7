import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mainSite } from "./harness.ts";

const CLUSTER = (image: string): string => `
Provider: local
HeadNode: { InstanceType: local.head }
Local: { Image: ${image} }
Users: [{ Name: ada }]
Scheduling:
  SlurmQueues:
    - Name: cpu
      ComputeResources:
        - { Name: small, InstanceType: local.small, MaxCount: 1 }
`;

/** Of a parent that has the cluster's software already. */
const ONLY_SCRIPTS = "DevSettings: { DisablePclusterComponent: true }\n";

/** It takes some 45 s of a processor, which others want as well. */
const BUILD_SECONDS = 480;

/** Images are shared by runs, so that each has one of its own. */
const ID = `e2e-${process.pid}`;

test("an image with a script of one's own is built, booted from, and deleted", async () => {
  const site = mainSite();
  const folder = join(site.run.images, "built");
  const imageFile = (id: string, parent: string, script: string, more = ""): string => {
    const path = join(site.run.folder, `${id}.sh`);
    writeFileSync(path, `#!/bin/sh\nset -e\n${script}\n`);
    return site.clusterFile(
      id,
      `Provider: local
Build:
  InstanceType: c7i.large
  ParentImage: ${parent}
  Components:
    - { Type: script, Value: "file://${path}" }
${more}`,
    );
  };
  const describe = (id: string) => site.sluice(["describe-image", "-i", id]);

  try {
    const file = imageFile(ID, "debian13", 'echo "made by $(id -un)" > /etc/made-by-hand');
    const built = await site.sluice(["build-image", "-i", ID, "-c", file], {
      timeout: BUILD_SECONDS,
    });
    expect(built.code, built.stderr).toBe(0);
    expect(built.json()).toMatchObject({
      image: { imageBuildStatus: "BUILD_COMPLETE", os: "debian13", provider: "local" },
      validationMessages: [{ message: expect.stringContaining("InstanceType has no effect") }],
    });
    const again = await site.sluice(["build-image", "-i", ID, "-c", file]);
    expect(again.error()).toMatchObject({ code: "IMAGE_EXISTS" });

    {
      await using cluster = await site.createCluster("own-image", CLUSTER(ID));
      const job = "srun cat /etc/made-by-hand /etc/sluice/image.json";
      const said = await cluster.ok("ada", `sbatch -W -o out --wrap '${job}' > /dev/null; cat out`);
      expect(said).toMatch(new RegExp(`^made by root\\n.*"id":"${ID}".*"slurm":"24\\.11`));
      const refused = await site.sluice(["delete-image", "-i", ID, "--yes"]);
      expect(refused.error()).toMatchObject({ code: "IMAGE_IN_USE" });
    }

    // One that begins as the first and fails, and one that is called off in the middle.
    const other = `${ID}-b`;
    const build = ["build-image", "-i", other, "-c"];
    const wrong = imageFile(other, ID, "cat /etc/made-by-hand /nowhere", ONLY_SCRIPTS);
    expect((await site.sluice([...build, wrong])).error().message).toContain(
      "script-1: cat: /nowhere: No such file or directory",
    );
    expect((await describe(other)).json()).toMatchObject({ imageBuildStatus: "BUILD_FAILED" });
    const log = await site.sluice(["get-image-log-events", "-i", other, "--output", "text"]);
    expect(log.stdout).toContain("made by root\n");
    const started = site.start([...build, imageFile(other, ID, "sleep 1000", ONLY_SCRIPTS)]);
    const ended = once(started, "close");
    for await (const chunk of started.stderr ?? []) {
      if (String(chunk).includes("script-1 begins")) started.kill("SIGINT");
    }
    await ended;
    expect((await describe(other)).error()).toMatchObject({ code: "IMAGE_NOT_FOUND" });
    expect(existsSync(join(folder, other))).toBe(false);
  } finally {
    for (const id of [ID, `${ID}-b`]) await site.sluice(["delete-image", "-i", id, "--yes"]);
  }
  expect(existsSync(join(folder, ID))).toBe(false);
  const { images } = (await site.sluice(["list-images"])).json<{ images: { imageId: string }[] }>();
  expect(images.filter(({ imageId }) => imageId.startsWith(ID))).toEqual([]);
}, 600_000);
