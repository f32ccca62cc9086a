import { Button, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { ProposedChange, Scorecard, SourceProposals } from "../../api/types";
import { errorMessage } from "../../shared/format/errorMessage";
import { formatTime, localize } from "../../shared/format/format";
import { useApplyProposal, useScenarioTitles, useScorecards } from "./queries";
import { formatInterval, formatShare } from "./share";

const KINDS: Scorecard["kind"][] = ["camera", "scenario", "model"];
const NAMED = 5;

/** What to improve first: each camera, scenario or model, with what would end its false alerts. */
export function ScorecardView() {
  const { t } = useTranslation("accuracy");
  const [kind, setKind] = useState<Scorecard["kind"]>("camera");
  const { data, error, isPending } = useScorecards();
  if (isPending) return <p className="page-message">{t("shared:loading")}</p>;
  if (!data) return <p className="page-message">{errorMessage(error)}</p>;
  const cards = data.items.filter((card) => card.kind === kind);
  return (
    <section className="scorecards">
      <p className="muted">
        {t("cards.hint")} {t("cards.computed_at", { at: formatTime(data.computed_at, new Date()) })}
      </p>
      <Segmented
        value={kind}
        options={KINDS.map((name) => ({ value: name, label: t(`by.${name}`) }))}
        onChange={setKind}
      />
      {cards.length === 0 && <p className="page-message">{t("report.empty")}</p>}
      {cards.map((card) => (
        <Card key={card.key.join("/")} card={card} />
      ))}
    </section>
  );
}

function Card({ card }: { card: Scorecard }) {
  const { t } = useTranslation("accuracy");
  const title = useScenarioTitles().get(card.key[0] ?? "");
  return (
    <article className="card" data-card={card.key.join("/")}>
      <h2>{card.kind === "scenario" && title ? localize(title) : card.key.join(" / ")}</h2>
      <p>
        {card.true_share === null ? (
          t("cards.none")
        ) : (
          <>
            <strong>{t("cards.true_share", { share: formatShare(card.true_share) })}</strong>{" "}
            <small>{formatInterval(card.low, card.high)}</small>
          </>
        )}{" "}
        <span className="muted">
          {t("cards.counts", { n: card.n, true: card.n_true, false: card.n_false, benign: card.n_benign })}
        </span>
      </p>
      {card.suggestions.map((source) => (
        <Suggestions key={`${source.node}/${source.camera}/${source.scenario}`} source={source} />
      ))}
    </article>
  );
}

function Suggestions({ source }: { source: SourceProposals }) {
  return (
    <ul className="suggestions">
      {source.proposals.map((proposal) => (
        <Suggestion key={`${proposal.change}/${proposal.parameter}`} source={source} proposal={proposal} />
      ))}
    </ul>
  );
}

function Suggestion({ source, proposal }: { source: SourceProposals; proposal: ProposedChange }) {
  const { t } = useTranslation("accuracy");
  const { apply, isPending } = useApplyProposal();
  const { change, effect, parameter, value, reasons } = proposal;
  return (
    <li>
      <div>
        <strong>{t(`change.${change}`, { parameter: parameter ?? "", value: value ?? "" })}</strong>
        <small className="muted">
          {source.camera} · {localize(source.title)} · {t("cards.reasons", { n: reasons })}
        </small>
        {effect && (
          <small>
            {t("cards.effect", {
              removed: effect.n_false_removed,
              false: effect.false_total,
              lost: effect.n_true_lost,
              true: effect.true_total,
            })}
          </small>
        )}
        {effect && effect.true_lost.length > 0 && (
          <small>
            {t("cards.lost")}{" "}
            {effect.true_lost.slice(0, NAMED).map((incident, index) => (
              <Link key={incident} to={`/incidents/${incident}`}>
                {index + 1}{" "}
              </Link>
            ))}
          </small>
        )}
      </div>
      {change === "suppress_region" && (
        <Button disabled={isPending} data-action="apply" onClick={() => apply(proposal.incident)}>
          {t("cards.apply")}
        </Button>
      )}
    </li>
  );
}
