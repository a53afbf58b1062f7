/** What a server knows of itself from its start on. */
export interface ServerFacts {
  readonly version: string;
  /** Which of several servers this is. */
  readonly serverId: string;
  readonly startedAt: Date;
  /** PEM; missing without TLS. */
  readonly certificate?: string;
  /** It keeps its database itself. */
  readonly hasOwnDatabase: boolean;
}
