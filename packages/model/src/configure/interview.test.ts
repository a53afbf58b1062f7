import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderFinding } from "../cluster-file/finding.ts";
import { parseClusterFile } from "../cluster-file/parse.ts";
import {
  type InterviewQuestion,
  type InterviewReply,
  interviewAfter,
  type ListWish,
  planText,
} from "./index.ts";

const answer = (text: string): InterviewReply => ({ is: "answer", answer: text });

/** What an account in Frankfurt has. */
const LISTS: Readonly<Record<ListWish["kind"], readonly unknown[]>> = {
  region: [{ name: "eu-central-1" }, { name: "eu-west-1" }],
  keyPair: [{ name: "lab" }, { name: "ops team" }],
  vpc: [
    { id: "vpc-01234567", name: "main", cidr: "10.0.0.0/16" },
    { id: "vpc-89abcdef", name: undefined, cidr: "10.1.0.0/16" },
  ],
  subnet: ["vpc-01234567", "vpc-89abcdef"].flatMap((vpcId, vpc) =>
    [true, false].map((isPublic, index) => ({
      id: `subnet-0${vpc}${index}00000`,
      name: `s${index}`,
      vpcId,
      zone: "eu-central-1a",
      cidr: "10.0.1.0/24",
      public: isPublic,
    })),
  ),
  instanceType: [
    "t3.large",
    "m7g.large",
    "c7a.4xlarge",
    "c7a.xlarge",
    "c7a.48xlarge",
    "c7g.xlarge",
    "hpc7a.96xlarge",
    "g5.xlarge",
    "g5g.xlarge",
  ].map((name) => ({ name })),
};

/** Texts that are right for the questions that have no choices. */
const TEXTS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^users$/, ["ada", "ada, ben", "svc-1,eve"]],
  [/^queues$/, ["main", "cpu, gpu", "a,b-2,c"]],
  [/max-nodes$/, ["1", "10", "4000"]],
  [/ready-nodes$/, ["0", "1"]],
  [/^idle-time$/, ["5", "-1", "90s", "2h"]],
  [/^key-pair$/, ["none", "lab"]],
  [/^ssh-from$/, ["0.0.0.0/0", "192.0.2.0/24", "pl-01234567"]],
  [/^head-subnet$/, ["new", "subnet-01234567", "subnet-0123456789abcdef0"]],
  [/^compute-subnets$/, ["subnet-01234567", "subnet-01234567, subnet-89abcdef"]],
  [/\.name$/, ["queue-a", "queue-b", "queue-c", "queue-d"]],
  [/^storage-gib$/, ["1200", "2400"]],
  [/^accounting-server$/, ["db.example.com", "10.1.2.3:3307"]],
  [/^accounting-user$/, ["slurm"]],
  [/^accounting-secret$/, ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-1a2b3c"]],
];

function* candidates({ id, kind, choices, fallback }: InterviewQuestion): Generator<string> {
  if (fallback !== undefined) yield fallback;
  if (kind === "confirm") yield* ["yes", "no"];
  for (const { value } of choices ?? []) yield value;
  if (kind === "several") yield* (choices ?? []).map((_, at) => joined(choices, at + 1));
  yield* TEXTS.find(([pattern]) => pattern.test(id))?.[1] ?? [];
}

function joined(choices: InterviewQuestion["choices"], count: number): string {
  return (choices ?? [])
    .slice(0, count)
    .map(({ value }) => value)
    .join(", ");
}

/**
 * A walk that takes the next of `dice` at each turn, and at one of them what was typed if that is
 * taken; and what it asked.
 */
function walk(
  dice: readonly number[],
  hasAccount: boolean,
  attempt?: { readonly at: number; readonly typed: string },
) {
  const replies: InterviewReply[] = [];
  const asked: InterviewQuestion[] = [];
  for (let turn = 0; turn < 200; turn += 1) {
    const progress = interviewAfter({ userName: "root" }, replies);
    if (progress.is === "done") return { text: planText(progress.plan), asked, replies };
    if (progress.is === "list") {
      const { kind, provider } = progress.wish;
      const isKnown = hasAccount && provider === "aws";
      replies.push({ is: "listed", items: isKnown ? LISTS[kind] : undefined });
      continue;
    }
    const { question } = progress;
    asked.push(question);
    const isTyped = attempt?.at === asked.length - 1 && question.check(attempt.typed) === undefined;
    const chosen = isTyped
      ? attempt.typed
      : pickRight(question, dice[asked.length % dice.length] ?? 0);
    // A walk through twenty queues shows no more than one through four.
    const isEnough = /another$/.test(question.id) && asked.length > 40;
    replies.push(answer(isEnough ? "no" : chosen));
  }
  throw new Error("the interview has no end");
}

/** The first that is right of the candidates, from one of them on and around. */
function pickRight(question: InterviewQuestion, from: number): string {
  const all = [...new Set(candidates(question))];
  const said: string[] = [];
  for (const step of all.keys()) {
    const text = all[(from + step) % all.length] ?? "";
    const wrong = question.check(text);
    if (wrong === undefined) return text;
    said.push(`${text}: ${wrong}`);
  }
  throw new Error(`nothing is right for ${question.id}:\n${said.join("\n")}`);
}

const dice = fc.array(fc.nat(1000), { minLength: 12, maxLength: 12 });

describe("interview", () => {
  it("ends in a valid file, whatever right answers are given", () => {
    fc.assert(
      fc.property(dice, fc.boolean(), (throws, hasAccount) => {
        const { text } = walk(throws, hasAccount);
        const result = parseClusterFile(text, { fileName: "new.yaml" });
        expect(result.ok ? [] : result.findings.map(renderFinding)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  }, 30_000);

  it("asks nothing twice, and has an answer at hand that is right", () => {
    fc.assert(
      fc.property(dice, fc.boolean(), (throws, hasAccount) => {
        const { asked } = walk(throws, hasAccount);
        const ids = asked.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        for (const { fallback, check } of asked) {
          if (fallback !== undefined) expect(check(fallback)).toBeUndefined();
        }
      }),
      { numRuns: 20 },
    );
  }, 30_000);

  it("has something to say to any answer, and takes none that spoils the file", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "",
        "0",
        "-1",
        "1e9",
        "none",
        "a,b",
        "yes",
        "c7g.xlarge",
        "default",
        "# x",
        "x: y",
      ),
    );
    fc.assert(
      fc.property(dice, fc.nat(25), text, (throws, at, typed) => {
        const { text: file, asked } = walk(throws, false, { at, typed });
        const said = asked[at]?.check(typed);
        if (said !== undefined) expect(said).toMatch(/^\S[^\n]+$/);
        const result = parseClusterFile(file, { fileName: "new.yaml" });
        expect(result.ok ? [] : result.findings.map(renderFinding)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  }, 30_000);

  it("asks again what it asked when the answer is left out", () => {
    const { asked, replies } = walk([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], true);
    const answers = replies.flatMap(({ is }, index) => (is === "answer" ? [index] : []));
    const again = answers.map((count) => {
      const progress = interviewAfter({ userName: "root" }, replies.slice(0, count));
      return progress.is === "ask" ? progress.question.id : progress.is;
    });
    expect(again).toEqual(asked.map(({ id }) => id));
  });

  it("is five questions on the local cloud", () => {
    const first = [answer("local")];
    const ids: string[] = [];
    let progress = interviewAfter({ userName: "ada" }, first);
    while (progress.is === "ask") {
      ids.push(progress.question.id);
      first.push(answer(progress.question.fallback ?? ""));
      progress = interviewAfter({ userName: "ada" }, first);
    }
    expect(ids).toEqual(["os", "users", "queues", "max-nodes", "idle-time"]);
  });

  it.each([
    ["os", "debian11", /write debian13 or debian12/],
    ["users", "ada, root", /"root" is an account of the system; write another name/],
    ["users", " , ", /write at least one/],
    ["queues", "CPU", /lower-case letters/],
    ["queues", "a, a", /already the name/],
    ["queues", "default", /a meaning of its own in slurm.conf/],
    ["max-nodes", "many", /a whole number from 1/],
    ["max-nodes", "0", /a whole number from 1/],
    ["idle-time", "soon", /a duration such as 90s or 10m/],
  ])("refuses %s %j on the local cloud", (id, wrong, said) => {
    expect(questionOf("local", id).check(wrong)).toMatch(said);
  });

  it.each([
    ["region", "Frankfurt!", /write the name of a region/],
    ["ssh-from", "everywhere", /192\.0\.2\.0\/24|block/i],
    ["head-type", "c7a.4xlrge", /is not a machine type of aws; write c7a\.[46]xlarge/],
    ["head-subnet", "subnet-1", /write the id of a subnet/],
    ["queue.1.purpose", "fun", /"fun" is not among them/],
    ["queue.1.types", "c7a.4xlarge, c7a.4xlarge", /once/],
    ["queue.1.types", "c7g.4xlarge", /arm64/],
    ["queue.1.spot", "maybe", /write yes or no/],
  ])("refuses %s %j on AWS", (id, wrong, said) => {
    expect(questionOf("aws", id).check(wrong)).toMatch(said);
  });

  it("names no subnet when Sluice makes the network", () => {
    const replies: InterviewReply[] = [answer("aws")];
    let progress = interviewAfter({ userName: undefined }, replies);
    while (progress.is !== "done") {
      if (progress.is === "list") replies.push({ is: "listed", items: undefined });
      else
        replies.push(
          answer(progress.question.fallback ?? [...candidates(progress.question)][0] ?? ""),
        );
      progress = interviewAfter({ userName: undefined }, replies);
    }
    const text = planText(progress.plan);
    expect(text).not.toContain("Subnet");
    const result = parseClusterFile(text, { fileName: "new.yaml" });
    expect(result.ok && result.config.Vpc).toMatchObject({ Cidr: "10.0.0.0/16" });
  });

  /** A question as it comes when everything before it is answered with what is at hand. */
  function questionOf(provider: string, id: string): InterviewQuestion {
    const replies = [answer(provider)];
    for (let turn = 0; turn < 50; turn += 1) {
      const progress = interviewAfter({ userName: undefined }, replies);
      if (progress.is === "done") break;
      if (progress.is === "list") replies.push({ is: "listed", items: undefined });
      else if (progress.question.id === id) return progress.question;
      else replies.push(answer([...candidates(progress.question)][0] ?? ""));
    }
    throw new Error(`there is no question ${id}`);
  }
});
