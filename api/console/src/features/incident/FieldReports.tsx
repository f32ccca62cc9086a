import { useTranslation } from "react-i18next";

import { evidenceUrl } from "../../api/endpoints";
import type { WorkOrderItem } from "../../api/types";

/** The report that waits for its verification; `undefined` if there is none. */
export function reportToVerify(orders: WorkOrderItem[]): WorkOrderItem | undefined {
  return orders.find(({ state, photos }) => (state === "feedback" || state === "verifying") && photos.length > 0);
}

/** The field reports of all work orders that have one, except the one that is shown beside the snapshot. */
export function FieldReports({ orders }: { orders: WorkOrderItem[] }) {
  const { t } = useTranslation("incident");
  const beside = reportToVerify(orders);
  const reported = orders.filter((order) => order.photos.length > 0 && order !== beside);
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

/** What a worker found, with the photos. */
export function FieldReport({ order }: { order: WorkOrderItem }) {
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
