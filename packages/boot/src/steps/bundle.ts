import { shellWord } from "./shell.ts";

/** An archive in the cloud, with its SHA-256 in hexadecimal. */
export interface BundleObject {
  readonly key: string;
  readonly sha256: string;
}

/** Sluice's own program for each kind of processor: an archive of what belongs in /opt/sluice. */
export type ProgramBundles = Readonly<Partial<Record<"x86_64" | "arm64", BundleObject>>>;

/**
 * The function `fetch_bundle`: Sluice's own program for this machine's processor.
 *
 * @param fetchCommand shell; with `KEY FILE` behind it, it fetches an object.
 */
export function bundleFunction(bundles: ProgramBundles, fetchCommand: string): string {
  const choices = (["x86_64", "arm64"] as const).flatMap((arch) => {
    const bundle = bundles[arch];
    if (bundle === undefined) return [];
    const name = arch === "arm64" ? "aarch64 | arm64" : arch;
    return [`    ${name}) key=${shellWord(bundle.key)} sum=${shellWord(bundle.sha256)} ;;`];
  });
  return `fetch_bundle() {
  case $(uname -m) in
${choices.join("\n")}
    *)
      echo "there is no program of Sluice's for the processors of this machine: $(uname -m)"
      return 1
      ;;
  esac
${unpacked(fetchCommand, "/opt/sluice")}
}`;
}

/** The function `NAME`, which has `folder` be what is in one archive for all machines. */
export function archiveFunction(
  name: string,
  { key, sha256 }: BundleObject,
  { fetchCommand, folder }: { readonly fetchCommand: string; readonly folder: string },
): string {
  return `${name}() {
  key=${shellWord(key)} sum=${shellWord(sha256)}
${unpacked(fetchCommand, folder)}
}`;
}

/** Whole, or as it was before. */
function unpacked(fetchCommand: string, folder: string): string {
  return `  [ "$(cat ${folder}/.sum 2> /dev/null)" != "$sum" ] || return 0
  ${fetchCommand} "$key" "$state/bundle"
  echo "$sum  $state/bundle" | sha256sum -c -
  rm -rf ${folder}.new
  install -d -m 755 ${folder}.new
  tar -x -z -f "$state/bundle" -C ${folder}.new --no-same-owner
  rm "$state/bundle"
  echo "$sum" > ${folder}.new/.sum
  if command -v restorecon > /dev/null; then restorecon -R ${folder}.new; fi
  rm -rf ${folder}
  mv ${folder}.new ${folder}`;
}
