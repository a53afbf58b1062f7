import type { IncomingHttpHeaders } from "node:http";

/** Of one kind, at one server: `__Host-` where TLS lets the browser keep it to this host. */
export interface Cookie {
  read(headers: IncomingHttpHeaders): string | undefined;
  /** The header Set-Cookie. */
  set(value: string, seconds: number): string;
  clear(): string;
}

export function cookieOf(name: string, isTls: boolean): Cookie {
  const full = isTls ? `__Host-${name}` : name;
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isTls ? "; Secure" : ""}`;
  return {
    read: ({ cookie = "" }) => {
      for (const pair of cookie.split(";")) {
        const [key = "", value] = pair.trim().split("=", 2);
        if (key === full && value !== undefined && /^[\w-]{43}$/.test(value)) return value;
      }
      return undefined;
    },
    set: (value, seconds) => `${full}=${value}; Max-Age=${seconds}; ${attributes}`,
    clear: () => `${full}=; Max-Age=0; ${attributes}`,
  };
}
