import { randomUUID } from "node:crypto";
import { testDatabase } from "@sluice/database/testing";
import type { Clock } from "@sluice/model";
import { describe, expect, test } from "vitest";
import { insertPeople } from "../testing/people.ts";
import { createApplications } from "./applications.ts";
import type { Applications, Viewer } from "./contract.ts";

const clock: Clock = { now: () => new Date("2030-01-01T00:00:00Z"), sleep: async () => {} };
const who = (name: string, more: Partial<Viewer> = {}): Viewer => ({
  ...{ id: `id-${name}`, name, groups: [], isAdministrator: false },
  ...more,
});
const ada = who("ada");
const ben = who("ben", { groups: ["chem"] });
const admin = who("root", { isAdministrator: true });
const text = (script: string, name = "heat") => `Name: ${name}\nTitle: Heat\nScript: ${script}\n`;

async function site() {
  const test = await testDatabase();
  await insertPeople(test.database);
  const parts = { database: test.database, clock, random: { id: randomUUID } };
  const applications: Applications = createApplications(parts);
  return { ...test, applications, other: createApplications(parts) };
}

const code = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: { code?: string }) => error.code,
  );

describe("applications", () => {
  test("come along once, whoever starts first, and are brought back", async () => {
    await using here = await site();
    const { applications } = here;
    const seeded = await Promise.all([applications.seed(), here.other.seed()]);
    expect(seeded.flat().sort()).toEqual(["array", "classic", "mpi", "python", "script"]);
    expect(await applications.seed()).toEqual([]);
    expect((await applications.list(ada)).map(({ name }) => name)).toEqual(seeded.flat().sort());

    expect(await code(applications.save(ada, text("mine", "mpi")))).toBe("APPLICATION_NAME_TAKEN");
    await applications.save(admin, text("echo changed", "mpi"));
    await applications.publish(admin, "mpi", 2);
    expect((await applications.get(ada, "mpi")).application.Script).toBe("echo changed");
    await applications.restore(admin, "mpi");
    const restored = await applications.get(ada, "mpi");
    expect(restored).toMatchObject({ version: 3, publishedVersion: 3, isLibrary: true });
    expect(restored.application.Title).toBe("MPI program");
    await applications.remove(admin, "mpi");
    expect(await applications.seed()).toEqual([]);
  });

  test("every save is a version, and none is lost when two save at once", async () => {
    await using here = await site();
    const { applications } = here;
    const saves = Array.from({ length: 8 }, (_, index) =>
      applications.save(ada, text(`echo ${index}`)),
    );
    const saved = await Promise.all(saves);
    expect(saved.map(({ latestVersion }) => latestVersion).every((version) => version >= 1)).toBe(
      true,
    );
    const versions = await applications.versions(ada, "heat");
    expect(versions.map(({ version }) => version)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    expect(new Set(versions.map((version) => version.text)).size).toBe(8);

    const over = { onlyOver: 7 };
    expect(await code(applications.save(ada, text("late"), over))).toBe("APPLICATION_CHANGED");
    expect(await code(applications.save(ada, "Name: heat"))).toBe("APPLICATION_FILE_INVALID");
  });

  test("a draft is its owner's, and what is published is for whom it is shared with", async () => {
    await using here = await site();
    const { applications } = here;
    await applications.save(ada, text("echo 1"));
    await applications.share(ada, "heat", [{ kind: "group", name: "chem", access: "use" }]);
    expect(await code(applications.get(ben, "heat"))).toBe("APPLICATION_NOT_FOUND");
    await applications.publish(ada, "heat", 1);
    await applications.save(ada, text("echo 2"));

    expect(await applications.get(ben, "heat")).toMatchObject({ version: 1, mayEdit: false });
    expect(await code(applications.get(ben, "heat", 2))).toBe("APPLICATION_NOT_FOUND");
    expect(await code(applications.text(ben, "heat", 2))).toBe("APPLICATION_NOT_FOUND");
    expect(await code(applications.get(who("eve"), "heat"))).toBe("APPLICATION_NOT_FOUND");
    for (const work of [
      () => applications.save(ben, text("echo 3")),
      () => applications.publish(ben, "heat", 2),
      () => applications.share(ben, "heat", []),
      () => applications.versions(ben, "heat"),
      () => applications.remove(ben, "heat"),
    ]) {
      expect(["NOT_ALLOWED", "APPLICATION_NAME_TAKEN"]).toContain(await code(work()));
    }
    await applications.share(ada, "heat", [{ kind: "user", name: "ben", access: "edit" }]);
    expect(await applications.save(ben, text("echo 3"))).toMatchObject({ latestVersion: 3 });
    expect(await code(applications.share(ben, "heat", []))).toBe("NOT_ALLOWED");
    const unknown = (kind: "user" | "group") =>
      code(applications.share(ada, "heat", [{ kind, name: "nobody", access: "use" }]));
    expect(await unknown("user")).toBe("USER_NOT_FOUND");
    expect(await unknown("group")).toBe("GROUP_NOT_FOUND");
    expect(await applications.shares(ada, "heat")).toHaveLength(1);
    await applications.publish(ada, "heat", undefined);
    await applications.share(ada, "heat", [{ kind: "everyone", name: "", access: "use" }]);
    expect(await applications.list(who("eve"))).toEqual([]);
  });
});
