import { z } from "zod";

/** The zone of a local cluster that names none. */
export const LOCAL_ZONE = "local";

/** A zone of the local cloud: it becomes part of names of links and machines. */
export const zoneName = () => z.string().regex(/^[a-z][a-z0-9]{0,7}$/);
export const ZONE_EXPECTS =
  "the name of a zone: at most 8 lower-case letters and digits, starting with a letter";
