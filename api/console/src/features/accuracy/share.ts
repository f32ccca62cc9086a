import type { AccuracyFigure } from "../../api/types";

/** Write a share in percent with one decimal, never rounded up: 0.98796 is 98.7 %. */
export function formatShare(share: number): string {
  return `${(Math.floor(share * 1000 + 1e-9) / 10).toFixed(1)} %`;
}

/** Write an interval in percent: its lower end is rounded down, its upper end up. */
export function formatInterval(low: number, high: number): string {
  const upper = Math.ceil(high * 1000 - 1e-9) / 10;
  return `${formatShare(low).replace(" %", "")} – ${upper.toFixed(1)} %`;
}

/** Return the figure with a code. */
export function figureOf(figures: AccuracyFigure[], code: AccuracyFigure["code"]): AccuracyFigure | undefined {
  return figures.find((figure) => figure.code === code);
}
