import { describe, expect, it } from "vitest";
import { clientFile, databasesSql } from "./databases.ts";

describe("databases of a site that the cloud has", () => {
  it("are made with accounts that come in over TLS, however often", () => {
    const sql = databasesSql({ passwords: { slurm: "slurm-password", server: "server-password" } });
    expect(sql.split("\n").slice(0, 4)).toEqual([
      "CREATE DATABASE IF NOT EXISTS `slurm_acct_db` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;",
      "CREATE USER IF NOT EXISTS 'slurm'@'%' IDENTIFIED BY 'slurm-password' REQUIRE SSL;",
      "ALTER USER 'slurm'@'%' IDENTIFIED BY 'slurm-password' REQUIRE SSL;",
      "GRANT ALL ON `slurm\\_acct\\_db`.* TO 'slurm'@'%';",
    ]);
    expect(sql).toContain("GRANT ALL ON `sluice`.* TO 'sluice'@'%';");
  });

  it.each(["short", "quo'ted-password", "back\\slash-password", "line\nend-password", ""])(
    "are not made with %j for a password",
    (password) => {
      const passwords = { slurm: password, server: "server-password" };
      expect(() => databasesSql({ passwords })).toThrow(
        expect.objectContaining({ code: "DATABASE_ACCOUNT" }),
      );
    },
  );

  it("are asked by a file of settings that a password can't leave", () => {
    expect(clientFile("a\\b #c")).toContain('password="a\\\\b #c"\n');
    for (const password of ['a"b', "a\nb", "a\rb"]) {
      expect(() => clientFile(password)).toThrow(
        expect.objectContaining({ code: "DATABASE_ACCOUNT" }),
      );
    }
  });
});
