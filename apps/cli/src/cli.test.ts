import { describe, expect, it } from "vitest";
import { sluice, sluiceWithDemo } from "./testing/sluice.ts";

describe("usage", () => {
  it.each([
    [["list-cluster"], "unknown command 'list-cluster'", "did you mean list-clusters?"],
    [
      ["describe-cluster", "--cluster-nme", "x"],
      "unknown option '--cluster-nme'",
      "--cluster-name",
    ],
    [["describe-cluster"], "describe-cluster needs -n, --cluster-name <name>", "--help"],
    [["list-clusters", "--output", "xml"], "Allowed choices are text, json", "--help"],
    [["list-clusters", "--query", "a["], "is not valid JMESPath", "jmespath.org"],
  ])("answers %j with exit code 2 and what to do", async (argv, message, hint) => {
    const outcome = await sluice()(...argv);
    expect(outcome).toMatchObject({ code: 2, out: "" });
    expect(outcome.error()).toMatchObject({ code: "USAGE", source: "user" });
    expect(outcome.error().message).toContain(message);
    expect(outcome.error().hint).toContain(hint);
  });

  it("shows help on stdout with the exit codes, and on stderr when no verb is given", async () => {
    const run = sluice();
    const help = await run("--help");
    expect(help).toMatchObject({ code: 0, err: "" });
    expect(help.out).toContain("130  interrupted");
    expect(help.out).not.toContain("commander");
    expect(await run()).toMatchObject({ code: 2, out: "" });
    expect((await run("run", "--help")).out).toContain("< job.sh");
  });

  it("knows its version", async () => {
    expect((await sluice()("version")).json()).toEqual({ version: expect.stringMatching(/^\d/) });
  });
});

describe("output", () => {
  it("is JSON when piped and text on a terminal, unless told otherwise", async () => {
    const piped = await sluiceWithDemo();
    expect((await piped("list-clusters")).json()).toMatchObject({
      clusters: [{ clusterName: "demo", clusterStatus: "CREATE_COMPLETE" }],
    });
    expect((await piped("list-clusters", "--output", "text")).out).toMatch(/^CLUSTER +STATUS/);
    const terminal = await sluiceWithDemo({ terminal: true });
    expect((await terminal("list-clusters")).out).toMatch(/^CLUSTER +STATUS/);
    expect((await terminal("--output", "json", "list-clusters")).json()).toHaveProperty("clusters");
  });

  it("takes a part of the JSON with --query", async () => {
    const run = await sluiceWithDemo({ terminal: true });
    const { out } = await run("list-clusters", "--query", "clusters[0].clusterName");
    expect(out).toBe('"demo"\n');
    const wrong = await run("list-clusters", "--output", "text", "--query", "clusters");
    expect(wrong.code).toBe(2);
  });

  it("colours states on a terminal only, and not when asked not to", async () => {
    const green = "\u001b[32m";
    const run = await sluiceWithDemo({ terminal: true });
    expect((await run("describe-cluster", "-n", "demo")).out).toContain(green);
    expect((await run("describe-cluster", "-n", "demo", "--no-color")).out).not.toContain(green);
    run.host.env.NO_COLOR = "1";
    expect((await run("describe-cluster", "-n", "demo")).out).not.toContain(green);
    run.host.env.NO_COLOR = undefined;
    run.host.stdoutIsTerminal = false;
    const piped = await run("describe-cluster", "-n", "demo", "--output", "text");
    expect(piped.out).not.toContain(green);
    expect(piped.out).toContain("CREATE_COMPLETE");
  });

  it("shows errors as two lines on a terminal and as JSON otherwise", async () => {
    const run = sluice({ terminal: true });
    const shown = await run("describe-cluster", "-n", "none");
    expect(shown).toMatchObject({ code: 4, out: "" });
    expect(shown.err).toBe(
      "sluice: there is no cluster none\n  see which there are (sluice list-clusters)\n",
    );
    const json = await run("describe-cluster", "-n", "none", "--output", "json");
    expect(json.error()).toEqual({
      code: "CLUSTER_NOT_FOUND",
      source: "user",
      message: "there is no cluster none",
      hint: "see which there are (sluice list-clusters)",
    });
  });

  it("keeps stack traces for --debug", async () => {
    const run = sluice({ terminal: true });
    run.cloud.infrastructure.list = async () => {
      throw new TypeError("x is not a function");
    };
    const shown = await run("list-clusters");
    expect(shown.code).toBe(1);
    expect(shown.err).toContain("sluice: x is not a function");
    expect(shown.err).not.toContain("at ");
    expect((await run("list-clusters", "--debug")).err).toContain("cli.test.ts");
  });

  it("gives SIGINT back after every command", async () => {
    const run = await sluiceWithDemo();
    await run("describe-cluster", "-n", "none");
    expect(run.host.interruptListeners).toBe(0);
    expect(run.cloud.closed).toBe(true);
  });
});
