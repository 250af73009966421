// A classic script, run before the first paint: a remembered theme must not flash in the other colours first.
(() => {
  try {
    const remembered = localStorage.getItem("otel-kit.theme");
    if (remembered === "light" || remembered === "dark") document.documentElement.dataset.theme = remembered;
  } catch {
    // Storage can be forbidden by the browser's settings; the system's scheme holds then.
  }
})();
