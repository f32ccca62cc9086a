import { Modal } from "antd";
import { useTranslation } from "react-i18next";

const HOTKEYS: [string, string][] = [
  ["J K ↓ ↑", "move"],
  ["Enter", "open"],
  ["C", "confirm"],
  ["R", "reject"],
  ["V", "verify"],
  ["W", "rework"],
  ["B", "boxes"],
  ["N", "new"],
  ["?", "help"],
];

/** A dialog that lists the keyboard shortcuts. */
export function HotkeyTable({ isOpen, close }: { isOpen: boolean; close: () => void }) {
  const { t } = useTranslation("queue");
  return (
    <Modal open={isOpen} onCancel={close} footer={null} title={t("hotkeys")} width={420} destroyOnHidden>
      <table className="hotkey-table">
        <tbody>
          {HOTKEYS.map(([keys, action]) => (
            <tr key={action}>
              <td>
                {keys.split(" ").map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </td>
              <td>{t(`hotkey.${action}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}
