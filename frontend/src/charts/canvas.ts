// Plain canvases that are as sharp as the screen, and how large things are. Nothing here
// asks for a layout while a frame is being drawn: sizes come from observers.

/** Size is how large an element is shown, in CSS pixels. */
export interface Size {
  width(): number;
  height(): number;
  /** Device pixels per CSS pixel. */
  ratio(): number;
  dispose(): void;
}

/** watchSize knows how large an element is, and says when that changes. */
export function watchSize(el: Element, changed: () => void): Size {
  let [width, height, zoom] = [0, 0, 1];
  const observer = new ResizeObserver(([entry]) => {
    if (!entry) return;
    width = entry.contentRect.width;
    height = entry.contentRect.height;
    zoom = zoomOf(el);
    changed();
  });
  observer.observe(el);
  return { width: () => width, height: () => height, ratio: () => devicePixelRatio * zoom, dispose: () => observer.disconnect() };
}

/** zoomOf is how much an element is zoomed by style. Newer browsers say it; asking costs a layout. */
export const zoomOf = (el: Element): number => ('currentCSSZoom' in el && typeof el.currentCSSZoom === 'number' ? el.currentCSSZoom : 1);

/** fitCanvas makes a canvas as large as it is shown, clears it and returns its context, scaled to CSS pixels. */
export function fitCanvas(canvas: HTMLCanvasElement, size: Pick<Size, 'width' | 'height' | 'ratio'>): CanvasRenderingContext2D | undefined {
  const [width, height, ratio] = [size.width(), size.height(), size.ratio()];
  if (width < 1 || height < 1) return undefined;
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
