// Sets the theme and the density before the first paint. A file of its own because the
// content policy forbids inline scripts; in the head and not a module, so that nothing is
// painted before it ran.
(() => {
  const stored = (name) => {
    try {
      return localStorage.getItem(`dashcam.${name}`);
    } catch {
      return null; // storage is blocked: follow the system
    }
  };
  const known = ['light', 'dark'];
  const asked = new URLSearchParams(location.search).get('theme');
  const theme = known.includes(asked) ? asked : stored('theme');
  const { dataset } = document.documentElement;
  if (known.includes(theme)) dataset.theme = theme;
  if (stored('density') === 'dense') dataset.density = 'dense';
})();
