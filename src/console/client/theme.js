// In the head, before the stylesheet paints: no flash of the wrong colours.
document.documentElement.classList.add("js");
try {
  const theme = localStorage.getItem("reeve-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's preference then decides.
}
