import type { Tag } from "@aws-sdk/client-ec2";
import { ServiceError } from "../../contract.ts";
import { newId } from "./ids.ts";

/** What a kind of thing is called, and what EC2 says when one of it is not there. */
export interface Kind<R extends object> {
  /** The field of a row that holds its id. */
  readonly id: keyof R & string;
  /** Of ids: `subnet`. */
  readonly prefix: string;
  /** The code for an id that nothing has: `InvalidSubnetID.NotFound`. */
  readonly absent: string;
  /** As messages name it: `subnet ID`. */
  readonly called: string;
  /** As tags and ARNs name it: `subnet`. */
  readonly resource: string;
}

export interface Tagged {
  Tags?: Tag[] | undefined;
}

/** Rows of one kind, in the order in which they were made, in the SDK's shapes. */
export class Table<R extends Tagged> {
  readonly kind: Kind<R>;
  readonly #rows = new Map<string, R>();
  readonly #serials = new Map<string, number>();
  #made = 0;

  constructor(kind: Kind<R>) {
    this.kind = kind;
  }

  newId(): string {
    return newId(this.kind.prefix);
  }

  /** Of rows with an id already. */
  add(row: R): R {
    this.#rows.set(this.idOf(row), row);
    this.#made += 1;
    this.#serials.set(this.idOf(row), this.#made);
    return row;
  }

  idOf(row: R): string {
    return String(row[this.kind.id]);
  }

  find(id: string | undefined): R | undefined {
    return id === undefined ? undefined : this.#rows.get(id);
  }

  /** @throws ServiceError with the kind's own code. */
  get(id: string | undefined): R {
    const row = this.find(id);
    if (row === undefined) throw this.notFound([id ?? ""]);
    return row;
  }

  notFound(ids: readonly string[]): ServiceError {
    const { absent, called } = this.kind;
    const message =
      ids.length === 1
        ? `The ${called} '${ids[0]}' does not exist`
        : `The ${called}s '${ids.join(", ")}' do not exist`;
    return new ServiceError(absent, message);
  }

  delete(id: string): void {
    this.#rows.delete(id);
    this.#serials.delete(id);
  }

  /** Where the row stands in the order; pages go on after it. */
  serialOf(row: R): number {
    return this.#serials.get(this.idOf(row)) ?? 0;
  }

  values(): R[] {
    return [...this.#rows.values()];
  }
}
