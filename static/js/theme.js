// Applies the reader's own choice of theme before the first paint; without one the system's choice holds.
// Loaded in the head and on its own, because a deferred bundle would come after a flash of the other theme.

try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") {
    document.documentElement.dataset.theme = theme;
  }
} catch {
  // Storage is forbidden: the system's choice holds.
}
