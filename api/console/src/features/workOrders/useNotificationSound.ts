/** Sound, vibration and a blinking title for new work orders. */
import { useEffect, useRef, useState } from "react";

import { type SilencedCalls, silenceCalls, withoutEnded } from "./silencedCalls";

const REPEAT_MS = 2500;
const TONES_HZ = [880, 1175, 880, 1175];
const TONE_S = 0.18;
/** Browsers fire the click of a touch within this time after `pointerup`. */
const CLICK_DELAY_MS = 400;

/** Browsers allow sound only after the user has touched the page. */
class NotificationSound {
  private context: AudioContext | null = null;

  /** Enable the sound; call it while handling a touch. Returns whether it is enabled. */
  async unlock(): Promise<boolean> {
    this.context ??= new AudioContext();
    await Promise.race([this.context.resume(), new Promise((resolve) => setTimeout(resolve, 300))]);
    return this.context.state === "running";
  }

  play(): void {
    const { context } = this;
    if (context?.state !== "running") return;
    navigator.vibrate?.([300, 100, 300]);
    TONES_HZ.forEach((frequency, index) => playTone(context, frequency, context.currentTime + index * TONE_S));
  }
}

function playTone(context: AudioContext, frequency: number, at: number): void {
  const oscillator = new OscillatorNode(context, { type: "triangle", frequency });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setTargetAtTime(0.6, at, 0.01);
  volume.gain.setTargetAtTime(0, at + TONE_S * 0.7, 0.02);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + TONE_S * 2);
}

const sound = new NotificationSound();

/** Play the sound and blink the title while one of the calls is not silenced. */
export function useNotificationSound(calls: string[], title: string) {
  const [silenced, silence] = useSilencedCalls(calls);
  const isUnlocked = useUnlockedSound();
  const isPlaying = calls.some((call) => !silenced.has(call));
  useEffect(() => {
    if (!isPlaying) return undefined;
    const originalTitle = document.title;
    const notify = (): void => {
      document.title = document.title === originalTitle ? `● ${title}` : originalTitle;
      sound.play();
    };
    notify();
    const timer = setInterval(notify, REPEAT_MS);
    // The phone suspends the sound while its screen is off.
    const resume = (): void => {
      if (document.visibilityState === "visible") void sound.unlock().then(notify);
    };
    document.addEventListener("visibilitychange", resume);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", resume);
      document.title = originalTitle;
      if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(0);
    };
  }, [isPlaying, isUnlocked, title]);
  return { isPlaying, isUnlocked, silence };
}

/** Return the calls that are silenced now, and a function that silences all of them. */
function useSilencedCalls(calls: string[]): [SilencedCalls, () => void] {
  const [silenced, setSilenced] = useState<SilencedCalls>(new Map());
  useEffect(() => {
    if (silenced.size === 0) return undefined;
    const next = Math.max(0, Math.min(...silenced.values()) - Date.now());
    const timer = setTimeout(() => setSilenced((before) => withoutEnded(before, Date.now())), next);
    return () => clearTimeout(timer);
  }, [silenced]);
  return [silenced, () => setSilenced((before) => silenceCalls(before, calls, Date.now()))];
}

/**
 * Unlock the sound at the first touch of the page or its first key; those of the login count.
 *
 * The state changes only after the click of that touch: the hint disappears then, and the page
 * moves. If it moved earlier, the click would miss the button under the finger.
 */
function useUnlockedSound(): boolean {
  const [isUnlocked, setIsUnlocked] = useState(false);
  const hasTried = useRef(false);
  useEffect(() => {
    const unlock = (): void =>
      void sound.unlock().then((isRunning) => setTimeout(() => setIsUnlocked(isRunning), CLICK_DELAY_MS));
    if (!hasTried.current && navigator.userActivation?.hasBeenActive) void sound.unlock().then(setIsUnlocked);
    hasTried.current = true;
    if (isUnlocked) return undefined;
    document.addEventListener("pointerup", unlock);
    document.addEventListener("keyup", unlock);
    return () => {
      document.removeEventListener("pointerup", unlock);
      document.removeEventListener("keyup", unlock);
    };
  }, [isUnlocked]);
  return isUnlocked;
}
