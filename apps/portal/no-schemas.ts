/**
 * What the build takes for zod in packages/api. The routes' schemas are the server's to check by, and the compiler's:
 * in a browser nothing is asked of them. Without them a first load is a tenth less.
 */
const nothing = (): unknown => anything;

const anything: unknown = new Proxy(nothing, {
  get: (_, name) => (typeof name === "string" ? anything : undefined),
  apply: nothing,
});

export const z = anything;
