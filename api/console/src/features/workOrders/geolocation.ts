/** Where the phone is, if its owner lets the page know. */

const PATIENCE_MS = 3000;

/** The place now; `null` without leave, without an answer in time, or over plain http. */
export function whereAmI(): Promise<{ lon: number; lat: number } | null> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), PATIENCE_MS);
    if (!isSecureContext || !navigator.geolocation) resolve(null);
    else
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => resolve({ lon: coords.longitude, lat: coords.latitude }),
        () => resolve(null),
        { maximumAge: 30_000, timeout: PATIENCE_MS },
      );
  });
}
