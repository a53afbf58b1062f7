import type { Account, Question } from "@sluice/model";
import { expect, test } from "vitest";
import { withoutFetching } from "./checked-file.ts";

test("no address that a file names is fetched from the server's network", async () => {
  const asked: Question[] = [];
  const account: Account = {
    provider: "aws",
    region: "eu-west-1",
    identity: async () => "arn",
    list: async () => [],
    answer: async (questions) => {
      asked.push(...questions);
      return questions.map(() => ({ is: "absent" }));
    },
  };
  const questions: Question[] = [
    { kind: "url", id: "https://169.254.169.254/latest" },
    { kind: "subnet", id: "subnet-1" },
    { kind: "url", id: "https://localhost:8480/metrics" },
    { kind: "keyPair", id: "mine" },
  ];
  const signal = new AbortController().signal;
  const answers = await withoutFetching(account).answer(questions, signal);
  expect(asked.map(({ kind }) => kind)).toEqual(["subnet", "keyPair"]);
  expect(answers.map((answer) => answer.is)).toEqual(["unknown", "absent", "unknown", "absent"]);
});
