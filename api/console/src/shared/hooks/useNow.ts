/** The clock of the page: the only place that reads it. */
import { useEffect, useState } from "react";

/** The present, renewed each second, for clocks that run on screen. */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
