(() => {
  const stored = (name) => {
    try {
      return localStorage.getItem(`dashcam.${name}`);
    } catch {
      return null; // storage is blocked: follow the system
    }
  };
  const known = ['light', 'dark'];
  const query = new URLSearchParams(location.search);
  const asked = query.get('theme');
  const theme = known.includes(asked) ? asked : stored('theme');
  const { dataset } = document.documentElement;
  if (known.includes(theme)) dataset.theme = theme;
  if (stored('density') === 'dense') dataset.density = 'dense';

  if (location.hash.startsWith('#token=')) return;
  const [, count, unit] = /[#&]w=(\d+)([mhd])(?:&|$)/.exec(location.hash) ?? ['', 5, 'm'];
  const rows = 1 + count * { m: 60, h: 3600, d: 86400 }[unit];
  const table = query.get('kiosk') !== '1' && (query.get('embed') ?? '') === '' && document.visibilityState !== 'hidden';
  const wall = dataset.page === 'wall';
  const subscribe = { type: 'subscribe', topics: wall ? ['metrics', 'hosts'] : table ? ['metrics', 'processes', 'verdict'] : ['metrics'], window: wall ? 61 : Math.min(3600, Math.max(60, rows)), parts: true };
  const address = new URL('ws', document.baseURI);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const key = stored(`key:${new URL('.', document.baseURI).pathname.replace(/h\/[^/]+\/$/, '')}`);
  const socket = new WebSocket(address, key ? ['dashcam.v1', `dashcam.key.${key}`] : 'dashcam.v1');
  const events = [];
  const early = { socket, subscribe, events, openedAt: undefined };
  socket.onopen = () => {
    early.openedAt = performance.now();
    socket.send(JSON.stringify(subscribe));
  };
  socket.onmessage = ({ data }) => {
    if (events.push({ type: 'message', data }) > 500) socket.close(1000);
  };
  socket.onclose = ({ code, reason }) => events.push({ type: 'close', code, reason });
  globalThis.dashcamEarly = early;
})();
