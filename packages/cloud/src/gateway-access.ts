/**
 * What a server needs to come in by the gateway of a cluster's head. Whoever has it can be every user
 * of that cluster: it goes from where the cloud keeps secrets into a server's memory, and nowhere
 * else.
 */
export interface GatewayAccess {
  /** Of the head, on the cluster's network. */
  readonly host: string;
  readonly port: number;
  /** PEM of the head's certificate: the only one that is taken, whatever name it has. */
  readonly certificate: string;
  /** Bearer for the gateway. */
  readonly key: string;
  /** With it, tokens for slurmrestd are made. */
  readonly jwtKey: Uint8Array;
}
