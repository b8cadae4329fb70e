// Light or dark: the system's choice until somebody chooses.
import { useSyncExternalStore } from "react";

const KEY = "headwater-theme";
const heard = new Set<() => void>();

export function theme(): "light" | "dark" {
  return document.documentElement.dataset.theme === "dark" ? "dark" : "light";
}

export function setTheme(next: "light" | "dark") {
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  for (const hear of heard) hear();
}

export function useTheme(): "light" | "dark" {
  return useSyncExternalStore((hear) => {
    heard.add(hear);
    return () => heard.delete(hear);
  }, theme);
}
