// A plain canvas that is as sharp as the screen.

/** fitCanvas makes a canvas as large as it is shown, clears it and returns its context, scaled to CSS pixels. */
export function fitCanvas(canvas: HTMLCanvasElement, width = canvas.clientWidth, height = canvas.clientHeight): CanvasRenderingContext2D | undefined {
  if (width < 1 || height < 1) return undefined;
  // Newer browsers say how much an element is zoomed by its style.
  const ratio = devicePixelRatio * ('currentCSSZoom' in canvas && typeof canvas.currentCSSZoom === 'number' ? canvas.currentCSSZoom : 1);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const ctx = canvas.getContext('2d') ?? undefined;
  ctx?.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx?.clearRect(0, 0, width, height);
  return ctx;
}
