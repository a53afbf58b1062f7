import type { Account, AccountLists, InterviewQuestion } from "@sluice/model";
import { describe, expect, it } from "vitest";
import { type Conduct, conductInterview } from "./conduct.ts";
import type { Prompter, Said } from "./prompter.ts";

/** Says what the script has for a question, else what is at hand; and keeps what it was asked. */
function person(script: Readonly<Record<string, readonly (string | Said)[]>> = {}) {
  const left = new Map(Object.entries(script).map(([id, answers]) => [id, [...answers]]));
  const asked: string[] = [];
  const prompter: Prompter = {
    ask: async (question: InterviewQuestion) => {
      asked.push(question.id);
      const next = left.get(question.id)?.shift() ?? question.fallback ?? "subnet-01234567";
      if (typeof next !== "string") return next;
      expect(question.check(next)).toBeUndefined();
      return { is: "answer", answer: next };
    },
  };
  return { prompter, asked };
}

/** An account with one key pair, and what it was asked for. */
function account(lists: Partial<{ [K in keyof AccountLists]: readonly AccountLists[K][] }>) {
  const asked: string[] = [];
  const open = async (provider: string, region: string | undefined): Promise<Account> => ({
    provider: provider === "azure" ? "azure" : "aws",
    region: region ?? "us-east-1",
    identity: async () => "arn:aws:iam::123456789012:user/ada",
    answer: async () => [],
    list: async (kind) => {
      asked.push(`${kind} in ${region}`);
      return lists[kind] ?? [];
    },
  });
  return { open, asked };
}

const noAccount = async (): Promise<Account> => {
  throw new Error("no credentials");
};

function conduct(options: Partial<Conduct>) {
  const notes: string[] = [];
  const whole: Conduct = {
    options: { userName: "ada" },
    presets: new Map(),
    prompter: undefined,
    openAccount: noAccount,
    signal: new AbortController().signal,
    note: (text) => notes.push(text),
    ...options,
  };
  return { plan: conductInterview(whole), notes };
}

const local = new Map([["provider", "local"]]);

describe("conductInterview", () => {
  it("asks what has no preset, in order", async () => {
    const { prompter, asked } = person({ users: ["ben"] });
    const presets = new Map([...local, ["queues", "a, b"]]);
    const { plan } = conduct({ prompter, presets });
    expect(await plan).toMatchObject({ provider: "local", users: ["ben"], queues: ["a", "b"] });
    expect(asked).toEqual(["os", "users", "max-nodes", "idle-time"]);
  });

  it("goes back to what a person was asked, past what was preset, and no further than the start", async () => {
    const back: Said = { is: "back" };
    const { prompter, asked } = person({
      os: [back, "debian12", "debian13"],
      "max-nodes": [back, "9"],
      users: ["ben", back, "eve"],
    });
    const presets = new Map([...local, ["queues", "q"]]);
    const { plan } = conduct({ prompter, presets });
    expect(await plan).toMatchObject({ os: "debian13", users: ["eve"], maxCount: "9" });
    const order = "os os users max-nodes users os users max-nodes idle-time";
    expect(asked.join(" ")).toBe(order);
  });

  it("ends without a plan when the person does", async () => {
    const { prompter } = person({ queues: [{ is: "quit" }] });
    const { plan } = conduct({ prompter, presets: local });
    await expect(plan).rejects.toMatchObject({ code: "INTERRUPTED" });
  });

  it("takes what is at hand when nobody can be asked", async () => {
    const presets = new Map([...local, ["users", "ada,ben"]]);
    expect(await conduct({ presets }).plan).toMatchObject({
      users: ["ada", "ben"],
      queues: ["main"],
    });
  });

  it.each([
    [
      new Map([
        ["provider", "aws"],
        ["head-subnet", "subnet-01234567"],
        ["vpc", "x"],
      ]),
      /nothing asks for vpc/,
    ],
    [new Map([...local, ["users", "root"]]), /users can't be "root": "root" is an account/],
    [new Map([...local, ["user", "ada"]]), /nothing asks for user/],
    [new Map([["provider", "gcp"]]), /write local or aws or azure/],
  ])("refuses presets %j", async (presets, said) => {
    const { plan } = conduct({ presets });
    await expect(plan).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(said),
    });
  });

  it("offers what the account has, and asks it for each list once", async () => {
    const { open, asked: listed } = account({
      region: [{ name: "eu-west-1" }],
      keyPair: [{ name: "lab" }],
    });
    const { prompter } = person({ os: [{ is: "back" }, { is: "back" }] });
    const presets = new Map([["provider", "aws"]]);
    const { plan, notes } = conduct({ prompter, presets, openAccount: open });
    expect(await plan).toMatchObject({ region: "eu-west-1", keyName: "lab" });
    expect(listed).toEqual([
      "region in us-east-1",
      "instanceType in eu-west-1",
      "keyPair in eu-west-1",
      "subnet in eu-west-1",
    ]);
    expect(notes).toEqual([]);
  });

  it("goes on with what is built in when there is no account, and says so once", async () => {
    const { prompter, asked } = person();
    const presets = new Map([["provider", "aws"]]);
    const { plan, notes } = conduct({ prompter, presets });
    expect(await plan).toMatchObject({ provider: "aws", headSubnet: undefined });
    expect(asked).toContain("head-subnet");
    expect(notes).toEqual([
      "the account can't be asked, so what is built in is shown: no credentials",
    ]);
  });
});
