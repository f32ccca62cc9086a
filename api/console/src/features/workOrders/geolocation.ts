/** The position of the phone. */
import { useEffect, useRef } from "react";

export interface Position {
  lon: number;
  lat: number;
}

/** An older position says nothing about where the phone is now. */
const MAX_AGE_MS = 60_000;

/**
 * Follow the position while the worker is about to arrive; returns a function that reads it.
 *
 * The worker's tap never waits for the position. It is `null` without permission, over plain http,
 * or while none is known.
 */
export function usePosition(isFollowed: boolean): () => Position | null {
  const latest = useRef<GeolocationPosition | null>(null);
  useEffect(() => {
    if (!isFollowed || !isSecureContext || !navigator.geolocation) return undefined;
    const watch = navigator.geolocation.watchPosition(
      (position) => {
        latest.current = position;
      },
      () => undefined,
      { maximumAge: MAX_AGE_MS },
    );
    return () => navigator.geolocation.clearWatch(watch);
  }, [isFollowed]);
  return () => {
    const position = latest.current;
    if (!position || Date.now() - position.timestamp > MAX_AGE_MS) return null;
    return { lon: position.coords.longitude, lat: position.coords.latitude };
  };
}
