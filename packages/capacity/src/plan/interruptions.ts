import type { Machine } from "@sluice/cloud";
import { REASON_PREFIX, type SlurmNode } from "@sluice/slurm";
import {
  hasForeignReason,
  isBusy,
  isDown,
  isPowerDownAsked,
  phaseOf,
} from "../observe/node-phase.ts";
import type { Intent, Notice } from "../store/contract.ts";
import type { Draft } from "./draft.ts";
import { cancelledFrom, isInterruptionReason, leaveFrom, reasonOf, type Threat } from "./notice.ts";
import { planStandIns } from "./stand-ins.ts";
import { vacateJobs } from "./vacate.ts";

/**
 * Machines that the cloud is about to take away.
 *
 * ```
 *   notice ─▶ node drained ─▶ jobs signalled ─▶ jobs requeued ─▶ node without jobs ─▶ machine gone
 *                  │                ▲ if they asked for it            │ dynamic: powered down
 *                  └── stand-ins switched on meanwhile                │ static: another machine
 * ```
 *
 * A job that can't be requeued runs on until its machine goes. A person's drain stays as it is.
 */
export function planInterruptions(draft: Draft, closed: ReadonlySet<string>): void {
  const notices = new NoticeBook(draft);
  const threats = notices.inForce();
  for (const threat of threats) {
    if (phaseOf(threat.node) === "starting") startOver(draft, threat);
    else vacateNode(draft, threat);
  }
  const now = draft.snapshot.now;
  const due = threats.filter(({ notice }) => leaveFrom(notice) <= now);
  const waiting = vacateJobs(draft, due, (notice) => notices.save(notice));
  planStandIns(draft, waiting, closed);
  notices.finish();
  undrain(draft, new Set(threats.map(({ node }) => node.name)));
}

/** The notices of a fleet that stops end as others do; its nodes and jobs go for another reason. */
export function endNotices(draft: Draft): void {
  const notices = new NoticeBook(draft);
  notices.inForce();
  notices.finish();
}

/** What becomes of the notices themselves. */
class NoticeBook {
  readonly #draft: Draft;
  readonly #notices = new Map<string, Notice>();
  readonly #machines: ReadonlyMap<string, Machine>;
  readonly #intents: ReadonlyMap<string, Intent>;
  readonly #saved = new Set<string>();
  readonly #dropped = new Map<string, string>();

  constructor(draft: Draft) {
    this.#draft = draft;
    const { notices, machines, intents } = draft.snapshot;
    const inOrder = notices.toSorted((a, b) => (a.machineId < b.machineId ? -1 : 1));
    for (const notice of inOrder) this.#notices.set(notice.machineId, notice);
    const about = (id: string | undefined) => id !== undefined && this.#notices.has(id);
    this.#machines = new Map(machines.filter(({ id }) => about(id)).map((one) => [one.id, one]));
    this.#intents = new Map(
      intents.flatMap((one) => (about(one.machineId) ? [[one.machineId ?? "", one]] : [])),
    );
  }

  /** Those about a machine that a node of the cluster has; the others end, or wait. */
  inForce(): readonly Threat[] {
    const threats: Threat[] = [];
    for (const [id, before] of this.#notices) {
      const notice = this.#located(before);
      const ended = this.#whyEnded(notice);
      if (ended !== undefined) {
        this.#dropped.set(id, ended);
        continue;
      }
      const node = this.#draft.nodes.get(notice.node);
      const place = this.#draft.snapshot.pools.places.get(notice.node);
      const live = this.#draft.live.get(notice.node) ?? [];
      const intent = live.find((one) => one.machineId === id);
      if (node === undefined || place === undefined || intent === undefined) continue;
      threats.push({ notice, node, place, intent });
    }
    return threats;
  }

  save(notice: Notice): Notice {
    this.#notices.set(notice.machineId, notice);
    this.#saved.add(notice.machineId);
    return notice;
  }

  finish(): void {
    const save = [...this.#saved]
      .filter((id) => !this.#dropped.has(id))
      .flatMap((id) => this.#notices.get(id) ?? []);
    if (save.length > 0) {
      this.#draft.act({ kind: "notices", save, drop: [], reason: "what was done about them" });
    }
    for (const reason of new Set(this.#dropped.values())) {
      const drop = [...this.#dropped].flatMap(([id, why]) => (why === reason ? [id] : []));
      this.#draft.act({ kind: "notices", save: [], drop, reason });
    }
  }

  /** A notice may come before anybody knows whose machine it is. */
  #located(notice: Notice): Notice {
    if (notice.node !== "") return notice;
    const { machineId } = notice;
    const node = this.#intents.get(machineId)?.node ?? this.#machines.get(machineId)?.node;
    return node === undefined ? notice : this.save({ ...notice, node });
  }

  #whyEnded(notice: Notice): string | undefined {
    const { now, gone, policy } = this.#draft.snapshot;
    const machine = this.#machines.get(notice.machineId);
    const intent = this.#intents.get(notice.machineId);
    if (intent !== undefined && gone.has(intent.token)) return "the machine is gone";
    if (machine === undefined && intent === undefined) {
      const age = now.getTime() - notice.noticedAt.getTime();
      return age >= policy.listGraceSeconds * 1000 ? "there is no such machine" : undefined;
    }
    const isThere = machine !== undefined && machine.state !== "stopping";
    return isThere && cancelledFrom(notice) <= now ? "the machine was not taken away" : undefined;
  }
}

/** Nobody works on it yet: the node gets another machine now. */
function startOver(draft: Draft, { intent, node, notice, place }: Threat): void {
  if (intent.state !== "accepted" || draft.changeOf(node.name) !== undefined) return;
  draft.condemn(intent, reasonOf(notice));
  draft.wants.push({ name: node.name, place, attempts: intent.attempts });
}

/** Lets nothing start on the node, and lets it go once it has no job. */
function vacateNode(draft: Draft, { node, place, notice }: Threat): void {
  const phase = phaseOf(node);
  if (draft.changeOf(node.name) !== undefined || isDown(node)) return;
  if (phase !== "up" && phase !== "silent") return;
  const reason = reasonOf(notice);
  const isDrained = node.flags.has("DRAIN");
  if (isDrained && hasForeignReason(node)) return;
  const isFree = !isBusy(node) && draft.jobsOn(node.name)?.length === 0;
  if (isFree && !place.isStatic) {
    // Safe for a job that came in this moment: Slurm lets it end first.
    if (!isPowerDownAsked(node)) {
      draft.updateNode(node, { state: "POWER_DOWN", reason: noteOn(node, reason) }, reason);
    }
  } else if (isFree && isDrained) {
    // Down, it gets another machine, and is resumed when that has registered.
    draft.setDown(node, reason);
  } else if (!isDrained && !isPowerDownAsked(node)) {
    draft.updateNode(node, { state: "DRAIN", reason: noteOn(node, reason) }, reason);
  }
}

/** What a person wrote on a node that was in use is not lost. */
function noteOn(node: SlurmNode, reason: string): string {
  const before = hasForeignReason(node) ? ` (before: ${node.reason})` : "";
  return `${REASON_PREFIX}${reason}${before}`;
}

/** Drains of ours whose notice has ended; on 22.05 one outlives the power-down of its node. */
function undrain(draft: Draft, threatened: ReadonlySet<string>): void {
  for (const node of draft.nodes.values()) {
    if (!node.flags.has("DRAIN") || threatened.has(node.name)) continue;
    if (!isInterruptionReason(node.reason) || isDown(node)) continue;
    if (!draft.snapshot.pools.places.has(node.name)) continue;
    const phase = phaseOf(node);
    if ((phase !== "up" && phase !== "off") || draft.changeOf(node.name) !== undefined) continue;
    draft.updateNode(node, { state: "RESUME" }, "its machine is not taken away any more");
  }
}
