// Runs before the first paint: a page that turns dark afterwards would flash.
(() => {
  const chosen = localStorage.getItem("sightline.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
