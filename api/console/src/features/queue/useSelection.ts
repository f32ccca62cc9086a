/** Which incident is selected. */
import { useEffect, useRef, useState } from "react";
import { useNavigate, useParams } from "react-router";

/**
 * Keep the incident that the operator selects in the address. Moving through the list adds no browser history.
 *
 * On a wide screen, the first row is selected if nothing is, and after a change of the list if the selected
 * incident is not in it. A narrow screen shows the list first. Such a selection does not change the address: it
 * may happen while the operator changes a filter or opens another page, and would undo that.
 *
 * `latestId` is ahead of `selectedId` until the page has rendered, so that fast key presses lose no step.
 *
 * @param listName Identifies the list; `ids` is empty until it is loaded.
 */
export function useSelection(listName: string, ids: string[]) {
  const { id: addressId } = useParams();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<{ address: string | undefined; id?: string }>({ address: addressId });
  if (chosen.address !== addressId) setChosen({ address: addressId });
  const selectedId = chosen.id ?? addressId;
  const latestId = useRef(selectedId);
  useEffect(() => {
    latestId.current = selectedId;
  }, [selectedId]);
  const shownList = useRef(listName);
  useEffect(() => {
    const firstId = ids[0];
    if (firstId === undefined || !matchMedia("(min-width: 900px)").matches) return;
    const hasChanged = shownList.current !== listName;
    shownList.current = listName;
    if (!selectedId || (hasChanged && !ids.includes(selectedId))) setChosen({ address: addressId, id: firstId });
  }, [listName, ids, selectedId, addressId]);
  const select = (id: string): void => {
    const replace = latestId.current !== undefined;
    latestId.current = id;
    setChosen({ address: addressId, id });
    // The filters of the address may be newer than those of the last rendering.
    void navigate({ pathname: `/queue/${id}`, search: window.location.search }, { replace });
  };
  return { selectedId, latestId, select, open: (id: string) => void navigate(`/incidents/${id}`) };
}
