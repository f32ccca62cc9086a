/** The ring: sound, vibration and a blinking title, until somebody reacts. */
import { useEffect, useRef, useState } from "react";

const AGAIN_MS = 2500;
const TONES_HZ = [880, 1175, 880, 1175];
const TONE_S = 0.18;
/** A touch becomes a click within this; until then nothing may move under the finger. */
const CLICKED_WITHIN_MS = 400;

/** Sounds need a touch of the page first; browsers allow none before. */
class Bell {
  private context: AudioContext | null = null;

  /** To be called from a touch. */
  async unlock(): Promise<boolean> {
    this.context ??= new AudioContext();
    await Promise.race([this.context.resume(), new Promise((done) => setTimeout(done, 300))]);
    return this.context.state === "running";
  }

  ring(): void {
    const { context } = this;
    if (context?.state !== "running") return;
    navigator.vibrate?.([300, 100, 300]);
    TONES_HZ.forEach((frequency, index) => tone(context, frequency, context.currentTime + index * TONE_S));
  }
}

function tone(context: AudioContext, frequency: number, at: number): void {
  const source = new OscillatorNode(context, { type: "triangle", frequency });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setTargetAtTime(0.6, at, 0.01);
  volume.gain.setTargetAtTime(0, at + TONE_S * 0.7, 0.02);
  source.connect(volume).connect(context.destination);
  source.start(at);
  source.stop(at + TONE_S * 2);
}

const bell = new Bell();

/** Ring while `orders` holds one that has not been silenced. */
export function useBell(orders: string[], title: string) {
  const [silenced, setSilenced] = useState<ReadonlySet<string>>(new Set());
  const isReady = useUnlocked();
  const isRinging = orders.some((order) => !silenced.has(order));
  useEffect(() => {
    if (!isRinging) return undefined;
    const usual = document.title;
    const strike = (): void => {
      document.title = document.title === usual ? `● ${title}` : usual;
      bell.ring();
    };
    strike();
    const timer = setInterval(strike, AGAIN_MS);
    return () => {
      clearInterval(timer);
      document.title = usual;
      if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(0);
    };
  }, [isRinging, isReady, title]);
  return { isRinging, isReady, silence: () => setSilenced(new Set(orders)) };
}

/**
 * The first touch anywhere unlocks the bell; a login just before counts as one.
 *
 * Its bar goes once the touch has done what it was meant for: going at once, it lets the
 * button slip away from under the finger, and the order is not accepted.
 */
function useUnlocked(): boolean {
  const [isReady, setReady] = useState(false);
  const hasTried = useRef(false);
  useEffect(() => {
    const touched = (): void =>
      void bell.unlock().then((isOpen) => setTimeout(() => setReady(isOpen), CLICKED_WITHIN_MS));
    if (!hasTried.current && navigator.userActivation?.hasBeenActive) void bell.unlock().then(setReady);
    hasTried.current = true;
    if (isReady) return undefined;
    document.addEventListener("pointerup", touched);
    return () => document.removeEventListener("pointerup", touched);
  }, [isReady]);
  return isReady;
}
