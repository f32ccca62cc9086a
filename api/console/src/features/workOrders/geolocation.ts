/** The position of the phone. */

const TIMEOUT_MS = 3000;

/** Return the current position; `null` without permission, over plain http, or after a timeout. */
export function currentLocation(): Promise<{ lon: number; lat: number } | null> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), TIMEOUT_MS);
    if (!isSecureContext || !navigator.geolocation) resolve(null);
    else
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => resolve({ lon: coords.longitude, lat: coords.latitude }),
        () => resolve(null),
        { maximumAge: 30_000, timeout: TIMEOUT_MS },
      );
  });
}
