import { expect, test } from "vitest";
import { parseResumeRequest } from "./resume-file.ts";

test("reads what slurmctld writes", () => {
  const text =
    '{"jobs":[{"extra":null,"job_id":1,"features":null,"nodes_alloc":"a-[1-2]","nodes_resume":"a-1","oversubscribe":"OK","partition":"cpu","reservation":null,"new":1}],"all_nodes_resume":"a-1,b-1"}';
  expect(parseResumeRequest(text)).toEqual({
    all_nodes_resume: "a-1,b-1",
    jobs: [
      {
        job_id: 1,
        partition: "cpu",
        nodes_alloc: "a-[1-2]",
        nodes_resume: "a-1",
        oversubscribe: "OK",
        features: null,
        reservation: null,
        extra: null,
      },
    ],
  });
});

test.each([
  "",
  "[]",
  "{}",
  '{"all_nodes_resume":"a","jobs":{}}',
  '{"all_nodes_resume":"a","jobs":[{}]}',
])("refuses %s", (text) => {
  expect(() => parseResumeRequest(text)).toThrow(
    expect.objectContaining({ code: "SLURM_RESUME_FILE_INVALID" }),
  );
});
