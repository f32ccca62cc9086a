import { useHotkeys } from "../../../shared/hooks/useHotkeys";

export interface Choice {
  /** Identifies the choice within its list. */
  id: string;
  label: string;
  detail?: string;
  /** A warning beside the label. */
  warning?: string | undefined;
}

interface Props {
  label: string;
  choices: Choice[];
  chosenId: string | undefined;
  choose: (id: string) => void;
  /** Whether the digits choose from this list: only one list of a dialog may use them. */
  hasHotkeys: boolean;
}

/** Choices of which one is taken, by a click or a digit. */
export function ChoiceList({ label, choices, chosenId, choose, hasHotkeys }: Props) {
  const numbered = hasHotkeys ? choices.slice(0, 9) : [];
  useHotkeys(Object.fromEntries(numbered.map(({ id }, index) => [String(index + 1), () => choose(id)])), "dialog");
  return (
    <div className="choices" role="radiogroup" aria-label={label}>
      {choices.map(({ id, label: text, detail, warning }, index) => (
        <button
          key={id}
          type="button"
          role="radio"
          aria-checked={id === chosenId}
          className="choice"
          data-choice={id}
          onClick={() => choose(id)}
        >
          {index < numbered.length ? <kbd>{index + 1}</kbd> : <span className="choice-mark" />}
          <span>{text}</span>
          {warning && <span className="tag tag-overdue">{warning}</span>}
          {detail && <span className="muted">{detail}</span>}
        </button>
      ))}
    </div>
  );
}
