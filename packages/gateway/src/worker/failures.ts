import { isSluiceError, SluiceError } from "@sluice/model";
import { shown } from "./file-name.ts";

/** What the kernel said about a path, in our words; anything else comes back as it is. */
export function failureOf(error: unknown, path: string): unknown {
  if (isSluiceError(error) || !(error instanceof Error) || !("code" in error)) return error;
  const name = shown(path);
  switch (error.code) {
    case "ENOENT":
      return notFound(path);
    case "EEXIST":
      return exists(path);
    case "ENOTEMPTY":
      return notSuitable(`${name} is a folder with something in it`, "Remove it with all it has.");
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return denied(path);
    case "ENOSPC":
    case "EDQUOT":
      return diskFull(path);
    case "ENOTDIR":
      return notSuitable(`${name} is not a folder`);
    case "EISDIR":
      return notSuitable(`${name} is a folder`);
    case "ELOOP":
      return notSuitable(`${name} is a link where none is followed, or links lead in a circle`);
    case "ENAMETOOLONG":
      return notSuitable(`the name is too long: ${name}`);
    case "EFBIG":
      return notSuitable(`${name} would be larger than a file may be there`);
    case "EXDEV":
      return notSuitable(`${name} is on another disk`, "Copy it, then remove the original.");
    case "EBUSY":
    case "ETXTBSY":
      return notSuitable(`${name} is in use`);
    case "EINVAL":
      return notSuitable(`this can't be done with ${name}`);
    case "ESTALE":
      return notFound(path);
    default:
      return error;
  }
}

/** Runs `work`, and tells what the kernel says in our words. */
export async function about<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failureOf(error, path);
  }
}

export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

export function notFound(path: string): SluiceError {
  return new SluiceError("FILE_NOT_FOUND", "user", `there is no ${shown(path)}`);
}

export function exists(path: string): SluiceError {
  return new SluiceError("FILE_EXISTS", "user", `there is a ${shown(path)} already`, {
    hint: "Choose another name, or ask for it to be written over.",
  });
}

export function denied(path: string): SluiceError {
  return new SluiceError(
    "FILE_DENIED",
    "user",
    `the file system does not allow it: ${shown(path)}`,
  );
}

export function outside(path: string): SluiceError {
  return new SluiceError(
    "FILE_OUTSIDE",
    "user",
    `${shown(path)} is neither in your home nor in a shared folder`,
  );
}

export function notSuitable(message: string, hint?: string): SluiceError {
  return new SluiceError("FILE_NOT_SUITABLE", "user", message, hint === undefined ? {} : { hint });
}

export function changed(path: string): SluiceError {
  return new SluiceError("FILE_CHANGED", "user", `${shown(path)} is not what it was`, {
    hint: "Read it again, and make the change there.",
  });
}

export function diskFull(path: string): SluiceError {
  return new SluiceError("DISK_FULL", "system", `no space is left for ${shown(path)}`, {
    hint: "Remove something there, or ask for a larger quota or disk.",
  });
}
