import { expect, it } from "vitest";

const SOURCES = import.meta.glob<string>("../**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });
const FEATURE = /features\/(\w+)\//;

/** The modules that a source file imports, as paths relative to `src`. */
function importsOf(path: string, source: string): string[] {
  return [...source.matchAll(/(?:from|import) "(\.[^"]+)"/g)].map(
    ([, specifier = ""]) => new URL(specifier, new URL(path.replace("../", ""), "file:///src/")).pathname,
  );
}

it.each(Object.entries(SOURCES).filter(([path]) => FEATURE.test(path) || path.startsWith("../shared/")))(
  "%s imports no other feature",
  (path, source) => {
    const feature = FEATURE.exec(path)?.[1];
    const imported = importsOf(path, source).map((module) => FEATURE.exec(module)?.[1]);

    expect(imported.filter((name) => name && name !== feature)).toEqual([]);
  },
);
