/** A statement of a policy as IAM writes it. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export function allow(
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
  condition?: Statement["Condition"],
): Statement {
  return {
    Sid: sid,
    Effect: "Allow",
    Action: actions,
    Resource: resources,
    ...(condition && { Condition: condition }),
  };
}

export function policyOf(statements: readonly Statement[]) {
  return { Version: "2012-10-17", Statement: statements };
}
