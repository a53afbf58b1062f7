/** One of the servers that requests are spread over. */
export interface BalancedServer {
  /** Letters, digits, dots and hyphens. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

export interface BalancerOptions {
  readonly address: string;
  readonly port: number;
  /** File with the certificate, its chain and its key, as HAProxy reads them; missing: plain HTTP. */
  readonly certificate?: string;
  /** File with the certificates that the servers are known by. */
  readonly serverCertificates: string;
  readonly servers: readonly BalancedServer[];
}

/** Where a server says whether it takes requests. */
const HEALTH = "/health/serving";

/**
 * The configuration of HAProxy before the servers of a site. A server that does not answer is out of
 * it after two looks a second apart, and its streams are ended, so that browsers open them anew on
 * another. One that does not reach the database gets nothing new, and keeps its streams. Where none is
 * left by those looks, all of them are asked nevertheless: a server that is slow is better than none,
 * and says itself what it lacks. What may change something is sent once: whether a server that died
 * had done it is for whoever asked to find out.
 */
export function balancerConfig(options: BalancerOptions): string {
  const { address, port, certificate, serverCertificates, servers } = options;
  const tls = certificate === undefined ? "" : ` ssl crt ${certificate} alpn h2,http/1.1`;
  const scheme = certificate === undefined ? "http" : "https";
  const known = `ssl verify required ca-file ${serverCertificates}`;
  return `global
  maxconn 4000
  log stderr format raw local0 notice
  ssl-default-bind-options ssl-min-ver TLSv1.2

defaults
  mode http
  log global
  option redispatch 1
  option forwardfor
  retries 2
  retry-on conn-failure empty-response
  timeout connect 2s
  timeout client 90s
  timeout server 90s
  timeout tunnel 12h
  timeout http-request 15s
  timeout http-keep-alive 60s

frontend site
  bind ${address}:${port}${tls}
  http-request del-header X-Forwarded-For
  http-request set-header X-Forwarded-Proto ${scheme}
  http-request disable-l7-retry unless { method GET HEAD }
  default_backend servers

backend servers
  balance leastconn
  option httpchk
  option allbackups
  http-check disable-on-404
  http-check send meth GET uri ${HEALTH} ver HTTP/1.1 hdr Host balancer
  http-check expect status 200
  default-server check inter 1s fastinter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
${servers.map((one) => `  server ${one.name} ${one.address}:${one.port} ${known}`).join("\n")}
${servers.map((one) => `  server ${one.name}-nevertheless ${one.address}:${one.port} ${known} backup no-check`).join("\n")}
`;
}
