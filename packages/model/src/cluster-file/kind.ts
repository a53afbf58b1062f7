/** True for the file of an image build rather than of a cluster. Cheap: looks for sections only. */
export function isImageBuildFile(text: string): boolean {
  return /^Build\s*:/m.test(text) && !/^(HeadNode|Scheduling)\s*:/m.test(text);
}
