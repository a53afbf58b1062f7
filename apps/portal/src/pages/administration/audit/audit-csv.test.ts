import type { AuditRecord } from "@sluice/api";
import { expect, test } from "vitest";
import { auditCsv } from "./audit-csv.ts";

test("records are rows, and none of them is a formula", () => {
  const record: AuditRecord = {
    ...{ sequence: 7, time: "2030-01-01T00:00:00.000Z", user: "=cmd|'/c calc'!A1" },
    ...{ action: "createUser", target: 'user "a", b\nc', from: "@home", requestId: "r" },
    ...{ result: "done", detail: { grants: ["user"] } },
  };
  expect(auditCsv([record]).split("\r\n").slice(0, 2)).toEqual([
    "sequence,time,user,via,credential,actingAs,action,target,result,from,requestId,detail",
    `7,2030-01-01T00:00:00.000Z,'=cmd|'/c calc'!A1,,,,createUser,"user ""a"", b\nc",done,'@home,r,"{""grants"":[""user""]}"`,
  ]);
});
