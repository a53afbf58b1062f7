import { EC2Client } from "@aws-sdk/client-ec2";

type Handler = EC2Client["config"]["requestHandler"];

/** A connection that breaks at the call that is named, before it reached EC2 or before its answer came. */
export class CutConnection {
  readonly #inner: Handler = new EC2Client({ region: "eu-central-1" }).config.requestHandler;
  cut: { readonly action: string; readonly when: "before" | "after" } | undefined;
  /** Calls of EC2's that were sent, in their order. */
  readonly sent: string[] = [];

  handle: Handler["handle"] = async (request, options) => {
    const body = typeof request.body === "string" ? request.body : "";
    const action = /(?:^|&)Action=(\w+)/.exec(body)?.[1] ?? "";
    const { when } = this.cut?.action === action ? this.cut : {};
    if (when === "before") throw this.#broken();
    if (action !== "") this.sent.push(action);
    const answer = await this.#inner.handle(request, options);
    if (when === "after") throw this.#broken();
    return answer;
  };

  destroy(): void {
    this.#inner.destroy?.();
  }

  #broken(): Error {
    this.cut = undefined;
    return Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  }
}
