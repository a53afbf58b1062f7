import type { Os } from "@sluice/model";
import { CfnParameter, type Stack } from "aws-cdk-lib/core";
import type { Architecture, ParameterQuestion, TemplateParameter } from "./contract.ts";
import { idOf } from "./logical-id.ts";

/** Parameters of a template, each made when it is first needed. */
export class Parameters {
  readonly #stack: Stack;
  readonly #list: TemplateParameter[] = [];
  readonly #made = new Map<string, CfnParameter>();

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  get list(): readonly TemplateParameter[] {
    return this.#list;
  }

  image(os: Os, arch: Architecture): string {
    const name = idOf("Image", `${os}-${arch}`).replace(/[0-9a-f]{8}$/, "");
    return this.#of(name, "AWS::EC2::Image::Id", { kind: "image", os, arch }).valueAsString;
  }

  vpc(subnetId: string): string {
    return this.#of("VpcId", "AWS::EC2::VPC::Id", { kind: "vpc", subnetId }).valueAsString;
  }

  /** @param apartFrom a subnet that has to be in another zone. */
  zone(subnetId: string, apartFrom?: string): string {
    const type = "AWS::EC2::AvailabilityZone::Name";
    const name = idOf("ZoneOf", subnetId.replace("-", ""));
    const apart = apartFrom === undefined ? {} : { apartFrom };
    return this.#of(name, type, { kind: "zone", subnetId, ...apart }).valueAsString;
  }

  /** @returns a list. */
  routeTables(subnetIds: readonly string[]): readonly string[] {
    const question = { kind: "route-tables", subnetIds } as const;
    return this.#of("RouteTables", "CommaDelimitedList", question).valueAsList;
  }

  overlayAddress(subnetId: string, unique: string): string {
    const question = { kind: "overlay-address", subnetId, unique } as const;
    return this.#of("CommonAddress", "String", question).valueAsString;
  }

  /** @returns `true` or `false`. */
  firstOfZone(subnetId: string, before: readonly string[]): string {
    const name = idOf("IsFirstOfZone", subnetId.replace("-", ""));
    return this.#of(name, "String", { kind: "first-of-zone", subnetId, before }).valueAsString;
  }

  loadBalancerScheme(subnetId: string): string {
    const name = idOf("SchemeOf", subnetId.replace("-", ""));
    return this.#of(name, "String", { kind: "load-balancer-scheme", subnetId }).valueAsString;
  }

  /** @returns a list. */
  profileRoles(instanceProfiles: readonly string[], number: number): readonly string[] {
    const question = { kind: "profile-roles", instanceProfiles } as const;
    return this.#of(`ProfileRoles${number}`, "CommaDelimitedList", question).valueAsList;
  }

  ofStorage(question: Extract<ParameterQuestion, { kind: "dns-name" | "mount-path" }>): string {
    const kind = question.kind === "dns-name" ? "DnsNameOf" : "MountPathOf";
    return this.#of(idOf(kind, question.of.id.replace("-", "")), "String", question).valueAsString;
  }

  #of(name: string, type: string, question: ParameterQuestion): CfnParameter {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const parameter = new CfnParameter(this.#stack, name, { type });
    this.#made.set(name, parameter);
    this.#list.push({ name, ...question });
    return parameter;
  }
}
