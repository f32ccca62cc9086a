/** Which incident is selected. */
import { useEffect, useRef } from "react";
import { useLocation, useNavigate, useParams } from "react-router";

/**
 * Keep the selected incident in the address. Moving through the list adds no browser history.
 *
 * `latestId` is ahead of `selectedId` until the page has rendered, so that fast key presses lose no step.
 */
export function useSelection() {
  const { id: selectedId } = useParams();
  const { search } = useLocation();
  const navigate = useNavigate();
  const latestId = useRef(selectedId);
  useEffect(() => {
    latestId.current = selectedId;
  }, [selectedId]);
  const select = (id: string, replace = latestId.current !== undefined): void => {
    latestId.current = id;
    void navigate({ pathname: `/queue/${id}`, search }, { replace });
  };
  return { selectedId, latestId, select, open: (id: string) => void navigate(`/incidents/${id}`) };
}

/**
 * On a wide screen, select the first row if nothing is selected, and after a change of the list if
 * the selected incident is not in it. A narrow screen shows the list first.
 *
 * @param listName Identifies the list; `ids` is empty until it is loaded.
 */
export function useSelectFirst(
  listName: string,
  ids: string[],
  selectedId: string | undefined,
  select: (id: string, replace: boolean) => void,
): void {
  const isWide = matchMedia("(min-width: 900px)").matches;
  const shownList = useRef(listName);
  useEffect(() => {
    const firstId = ids[0];
    if (!isWide || firstId === undefined) return;
    const hasChanged = shownList.current !== listName;
    shownList.current = listName;
    if (!selectedId || (hasChanged && !ids.includes(selectedId))) select(firstId, true);
  });
}
