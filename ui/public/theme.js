// Before the first paint, so that a dark page does not flash white. A file of its own because the
// content policy runs nothing that stands in the page.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("headwater-theme");
  } catch {
    // Storage may be forbidden; then the system's choice holds.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = chosen || (dark ? "dark" : "light");
})();
