import Icon from "@cloudscape-design/components/icon";
import { text } from "../../catalogue/index.ts";
import { STEPS, type StepName } from "./steps.ts";

/** The steps in their order, each at hand at any time. */
export function StepBar({
  current,
  withErrors,
  onGo,
}: {
  readonly current: StepName;
  readonly withErrors: ReadonlySet<StepName>;
  readonly onGo: (step: StepName) => void;
}) {
  const said = text.wizard.steps;
  return (
    <nav aria-label={said.title}>
      <ol className="step-bar">
        {STEPS.map((step, index) => (
          <li key={step}>
            <button
              type="button"
              aria-current={step === current ? "step" : undefined}
              onClick={() => onGo(step)}
            >
              <span className="step-number" aria-hidden="true">
                {index + 1}
              </span>
              {said[step]}
              {withErrors.has(step) && (
                <Icon
                  name="status-negative"
                  size="small"
                  variant="error"
                  ariaLabel={said.hasErrors}
                />
              )}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
