import type { KyselyPlugin, PluginTransformQueryArgs, RootOperationNode } from "kysely";

/**
 * Makes what a migration creates if it is not there: neither MariaDB nor MySQL takes back a table
 * when a migration dies in the middle, and the next start makes that migration again. MySQL has no
 * such word for an index; there, indexes stand in their table's statement.
 */
export class Repeatable implements KyselyPlugin {
  readonly #isMariadb: boolean;

  constructor(isMariadb: boolean) {
    this.#isMariadb = isMariadb;
  }

  transformQuery({ node }: PluginTransformQueryArgs): RootOperationNode {
    switch (node.kind) {
      case "CreateTableNode":
        return { ...node, ifNotExists: true };
      case "CreateIndexNode":
        return this.#isMariadb ? { ...node, ifNotExists: true } : node;
      case "DropTableNode":
        return { ...node, ifExists: true };
      default:
        return node;
    }
  }

  transformResult: KyselyPlugin["transformResult"] = async ({ result }) => result;
}
