import { Modal } from "antd";
import { useTranslation } from "react-i18next";

const HOTKEYS: [string, string][] = [
  ["J K ↓ ↑", "move"],
  ["Enter", "open"],
  ["/", "search"],
  ["C", "confirm"],
  ["R", "reject"],
  ["U", "undo"],
  ["D", "dispatch"],
  ["T", "recall"],
  ["V", "verify"],
  ["W", "rework"],
  ["A", "add_colleague"],
  ["H", "request_help"],
  ["M", "merge"],
  ["L", "change_level"],
  ["S", "suspend"],
  ["G", "recall_to_desk"],
  ["X", "cancel"],
  ["O", "reopen"],
  ["E", "note"],
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
