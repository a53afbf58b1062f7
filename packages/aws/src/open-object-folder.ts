import type { ObjectFolder } from "@sluice/cloud";
import { type ClientOptions, Clients } from "./clients.ts";
import { asSluiceError } from "./credentials.ts";
import { bucketPlace, s3ObjectFolder } from "./object-folder.ts";
import { s3Anywhere } from "./sdk.ts";

/**
 * A place in a bucket by the caller's own credentials, which the SDK finds as it does. Asks nobody yet.
 *
 * Errors: `BUCKET_PLACE_INVALID`; of every call those of credentials and rights, `AWS_REFUSED`.
 */
export function openObjectFolder(place: string, options: ClientOptions = {}): ObjectFolder {
  const clients = new Clients(options);
  const { bucket, prefix } = bucketPlace(place);
  const open = async (): Promise<ObjectFolder> =>
    s3ObjectFolder({ ...(await s3Anywhere(clients)), place });
  const explained = async <T>(work: (folder: ObjectFolder) => Promise<T>): Promise<T> => {
    try {
      return await work(await open());
    } catch (error) {
      throw asSluiceError(error);
    }
  };
  return {
    place: `s3://${bucket}/${prefix}`.replace(/\/$/, ""),
    list: (begin) => explained((folder) => folder.list(begin)),
    async *read(name) {
      try {
        yield* (await open()).read(name);
      } catch (error) {
        throw asSluiceError(error);
      }
    },
    write: (name, content) => explained((folder) => folder.write(name, content)),
    remove: (names) => explained((folder) => folder.remove(names)),
  };
}
