import { parseClusterFile } from "../cluster-file/parse.ts";

/** What is said of a text in which `»` stands where the finding points. */
export function check(text: string) {
  const offset = text.indexOf("»");
  const before = text.slice(0, offset).split("\n");
  const result = parseClusterFile(text.replace("»", ""), { fileName: "f.yaml" });
  return {
    said: (result.ok ? result.warnings : result.findings).map(
      ({ id, level, line, column }) => `${level} ${id} ${line}:${column}`,
    ),
    place: `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`,
  };
}

const QUEUE =
  "Scheduling: {SlurmQueues: [{Name: q, ComputeResources: [{Name: a, InstanceType: local.small}]}]}\n";
/** A local file with one queue and these keys. */
export const local = (text: string) => `Provider: local\n${QUEUE}${text}\n`;
/** A local file with these queues. */
export const queues = (text: string) => `Provider: local\nScheduling:\n  SlurmQueues: [${text}]\n`;
/** A local file of one queue with these compute resources. */
export const resource = (text: string) => queues(`{Name: q, ComputeResources: [${text}]}`);
/** A file of one queue on AWS, with these keys. */
export const aws = (text: string) =>
  `Image: {Os: alinux2023}\nHeadNode: {InstanceType: t3.small, Networking: {SubnetId: subnet-01234567}, Ssh: {KeyName: k}}\nScheduling:\n  SlurmQueues: [{Name: q, Networking: {SubnetIds: [subnet-01234567]}, ${text}}]\n`;
