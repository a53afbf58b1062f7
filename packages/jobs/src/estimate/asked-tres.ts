import { memoryIn } from "@sluice/slurm";
import { askedOption } from "./asked-option.ts";

/** The memory and GPUs that a submission asks for in all, as a TRES string; empty when it names none. */
export function askedTres(
  script: string,
  options: readonly string[],
  { nodes, cpus }: { readonly nodes: number; readonly cpus: number },
): string {
  const said = (option: `--${string}`) => askedOption(script, options, option);
  const count = (text: string | undefined) =>
    Number(/^(?:[^,]*:)?(\d+)$/.exec(text ?? "")?.[1] ?? 0);
  // Without a unit it is MiB.
  const memory = (text = "0") => memoryIn(`mem=${text.replace(/^\d+$/, "$&M")}`) ?? 0;
  const [, gres] = /^gpu(:.*)?$/.exec(said("--gres") ?? "") ?? [];
  const gpusOfNode = count(said("--gpus-per-node")) || count(gres?.slice(1));
  const gpus = count(said("--gpus")) || nodes * gpusOfNode;
  const mib = nodes * memory(said("--mem")) || cpus * memory(said("--mem-per-cpu"));
  return [...(mib > 0 ? [`mem=${mib}M`] : []), ...(gpus > 0 ? [`gres/gpu=${gpus}`] : [])].join(",");
}
