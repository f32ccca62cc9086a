/** Which key does what. */
import { Modal } from "antd";
import { useTranslation } from "react-i18next";

const KEYS: [string, string][] = [
  ["J K ↓ ↑", "move"],
  ["Enter", "open"],
  ["C", "confirm"],
  ["R", "reject"],
  ["V", "verify"],
  ["W", "rework"],
  ["B", "boxes"],
  ["N", "fresh"],
  ["?", "help"],
];

/** A dialog with all keys; Escape closes it. */
export function KeyTable({ open, close }: { open: boolean; close: () => void }) {
  const { t } = useTranslation("queue");
  return (
    <Modal open={open} onCancel={close} footer={null} title={t("keys")} width={420} destroyOnHidden>
      <table className="key-table">
        <tbody>
          {KEYS.map(([keys, what]) => (
            <tr key={what}>
              <td>
                {keys.split(" ").map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </td>
              <td>{t(`key.${what}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}
