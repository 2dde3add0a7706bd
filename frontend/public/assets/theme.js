// Sets the theme before the first paint. A file of its own because the content policy
// forbids inline scripts; in the head and not a module, so that nothing is painted before it ran.
(() => {
  const known = ['light', 'dark'];
  let theme = new URLSearchParams(location.search).get('theme');
  if (!known.includes(theme)) {
    try {
      theme = localStorage.getItem('dashcam.theme');
    } catch {
      theme = null; // storage is blocked: follow the system
    }
  }
  if (known.includes(theme)) document.documentElement.dataset.theme = theme;
})();
