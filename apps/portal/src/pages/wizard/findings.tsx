import Button from "@cloudscape-design/components/button";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type ReactNode, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { money, sentence } from "../../frame/format.ts";
import type { ClusterFileAdvice, FileFinding, Review } from "./use-review.ts";

type GoTo = (line: number, column: number) => void;

const ORDER = ["ERROR", "WARNING", "INFO"];
const ADVICE_ORDER = ["high", "medium", "low"];
const SIGNS = { ERROR: "error", WARNING: "warning", INFO: "info" } as const;

/** Errors first, then warnings, notes and advice; each leads to its line. */
export function Findings({
  review,
  onGo,
  onFix,
}: {
  readonly review: Review;
  readonly onGo: GoTo;
  readonly onFix: (advice?: ClusterFileAdvice) => Promise<void>;
}) {
  const said = text.wizard.file;
  const [fixing, setFixing] = useState<string>();
  const findings = [...review.findings].sort(
    (one, other) => ORDER.indexOf(one.level) - ORDER.indexOf(other.level),
  );
  const advice = [...review.advice].sort(
    (one, other) => ADVICE_ORDER.indexOf(one.level) - ADVICE_ORDER.indexOf(other.level),
  );
  if (findings.length + advice.length === 0) return null;
  const fix = async (chosen?: ClusterFileAdvice): Promise<void> => {
    setFixing(chosen === undefined ? ALL : keyOfAdvice(chosen));
    await onFix(chosen);
    setFixing(undefined);
  };
  const safe = advice.filter(({ fix }) => fix?.safe === true);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <ul className="findings" aria-label={said.findings} tabIndex={0}>
        {findings.map((finding) => (
          <FindingRow key={keyOf(finding)} finding={finding} onGo={onGo} />
        ))}
        {advice.map((one) => (
          <AdviceRow
            key={keyOfAdvice(one)}
            advice={one}
            onGo={onGo}
            onFix={fix}
            isFixing={fixing === keyOfAdvice(one)}
          />
        ))}
      </ul>
      {safe.length > 1 && (
        <div>
          <Button loading={fixing === ALL} onClick={() => void fix()}>
            {said.fixAll}
          </Button>
        </div>
      )}
    </>
  );
}

/** Of the fix that is all of them. */
const ALL = "";

function keyOfAdvice({ id, subject }: ClusterFileAdvice): string {
  return `${id} ${subject}`;
}

function keyOf({ id, path, line, column, message }: FileFinding): string {
  return `${id} ${path} ${line}:${column} ${message}`;
}

function FindingRow({ finding, onGo }: { readonly finding: FileFinding; readonly onGo: GoTo }) {
  const { level, line, column, message, suggestion } = finding;
  const said = text.wizard.file;
  return (
    <li className="finding">
      <Place line={line} column={column} onGo={onGo}>
        <StatusIndicator type={SIGNS[level]}>{said.levels[level]}</StatusIndicator>
      </Place>
      <div>
        {sentence(message)} <span className="finding-more">{sentence(suggestion)}</span>
      </div>
    </li>
  );
}

function AdviceRow({
  advice,
  onGo,
  onFix,
  isFixing,
}: {
  readonly advice: ClusterFileAdvice;
  readonly isFixing: boolean;
  readonly onGo: GoTo;
  readonly onFix: (advice: ClusterFileAdvice) => Promise<void>;
}) {
  const { title, why, evidence, cost, fix } = advice;
  const [place] = evidence;
  const said = text.wizard.file;
  return (
    <li className="finding">
      <Place line={place?.line ?? 0} column={place?.column ?? 0} onGo={onGo}>
        <StatusIndicator type="info">{said.levels.advice}</StatusIndicator>
      </Place>
      <div>
        <b>{sentence(title)}</b> {sentence(why)} {costWords(cost)}
        {fix !== undefined && (
          <div className="finding-more">
            {sentence(fix.does)} {fix.takesNewCluster && said.takesNewCluster}
          </div>
        )}
      </div>
      {fix !== undefined && (
        <Button
          variant="inline-link"
          loading={isFixing}
          ariaLabel={said.fixNamed(title)}
          onClick={() => void onFix(advice)}
        >
          {said.fix}
        </Button>
      )}
    </li>
  );
}

function costWords({ savesUsdPerMonth, addsUsdPerMonth }: ClusterFileAdvice["cost"]): string {
  const said = text.wizard.file;
  if (savesUsdPerMonth !== undefined) return said.saves(money(savesUsdPerMonth));
  return addsUsdPerMonth === undefined ? "" : said.adds(money(addsUsdPerMonth));
}

function Place({
  line,
  column,
  onGo,
  children,
}: {
  readonly line: number;
  readonly column: number;
  readonly onGo: GoTo;
  readonly children: ReactNode;
}) {
  return (
    <div className="finding-place">
      {children}
      {line > 0 && (
        <button type="button" onClick={() => onGo(line, column)}>
          {text.wizard.file.line(line)}
        </button>
      )}
    </div>
  );
}
