/** Dark theme by default, as in a control room; light by choice. */
import { theme as antd, type ThemeConfig } from "antd";
import { useState } from "react";

export type ThemeName = "dark" | "light";

const STORAGE_KEY = "gridwatch.theme";

/** Return the theme of the page and a function that changes and remembers it. */
export function useTheme(): [ThemeName, (theme: ThemeName) => void] {
  const [theme, setThemeState] = useState<ThemeName>(() => {
    const stored = localStorage.getItem(STORAGE_KEY) === "light" ? "light" : "dark";
    document.documentElement.dataset["theme"] = stored;
    return stored;
  });
  const setTheme = (next: ThemeName): void => {
    document.documentElement.dataset["theme"] = next;
    localStorage.setItem(STORAGE_KEY, next);
    setThemeState(next);
  };
  return [theme, setTheme];
}

/** Give the colours of `base.css` to Ant Design. */
export function antdTheme(theme: ThemeName): ThemeConfig {
  const isDark = theme === "dark";
  return {
    algorithm: isDark ? antd.darkAlgorithm : antd.defaultAlgorithm,
    token: {
      colorPrimary: isDark ? "#3d8fe8" : "#0b62c4",
      colorBgBase: isDark ? "#10161d" : "#ffffff",
      colorBgContainer: isDark ? "#18202a" : "#ffffff",
      colorBgElevated: isDark ? "#18202a" : "#ffffff",
      colorBorder: isDark ? "#3a4858" : "#c3ccd6",
      colorTextBase: isDark ? "#e9eef4" : "#111a24",
      colorError: isDark ? "#e5534b" : "#c3221a",
      borderRadius: 6,
      motion: false,
      fontSize: 14,
      fontFamily: "inherit",
    },
  };
}
