import { useTranslation } from "react-i18next";

import { evidenceUrl } from "../../api/endpoints";
import type { WorkOrderItem } from "../../api/types";

/** The field reports of all work orders that have one. */
export function FieldReports({ orders }: { orders: WorkOrderItem[] }) {
  const { t } = useTranslation("incident");
  const reported = orders.filter(({ photos }) => photos.length > 0);
  if (reported.length === 0) return null;
  return (
    <section className="panel">
      <h3>{t("report")}</h3>
      {reported.map((order) => (
        <FieldReport key={order.id} order={order} />
      ))}
    </section>
  );
}

function FieldReport({ order }: { order: WorkOrderItem }) {
  const { t } = useTranslation("incident");
  return (
    <div className="field-report">
      <p>
        <span className="tag">{t(order.found ? "report.found" : "report.not_found")}</span>
        <strong>{order.assignee}</strong>
        <span>{order.note}</span>
      </p>
      <div className="field-photos">
        {order.photos.map((sha256, index) => (
          <a key={sha256} href={evidenceUrl(sha256)} target="_blank" rel="noreferrer">
            <img src={evidenceUrl(sha256)} alt={t("report.photo", { n: index + 1 })} />
          </a>
        ))}
      </div>
    </div>
  );
}
