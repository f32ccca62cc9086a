/** Dark by default, as a control room is; light by choice. Ant Design takes the page's colours. */
import { theme, type ThemeConfig } from "antd";
import { useState } from "react";

export type Shade = "dark" | "light";

const REMEMBERED = "gridwatch.theme";

/** The shade of the page, remembered. */
export function useShade(): [Shade, (shade: Shade) => void] {
  const [shade, setShade] = useState<Shade>(() => {
    const kept = localStorage.getItem(REMEMBERED) === "light" ? "light" : "dark";
    document.documentElement.dataset["theme"] = kept;
    return kept;
  });
  const change = (next: Shade): void => {
    document.documentElement.dataset["theme"] = next;
    localStorage.setItem(REMEMBERED, next);
    setShade(next);
  };
  return [shade, change];
}

/** What `base.css` says, in Ant Design's terms. */
export function themeOf(shade: Shade): ThemeConfig {
  const isDark = shade === "dark";
  return {
    algorithm: isDark ? theme.darkAlgorithm : theme.defaultAlgorithm,
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
