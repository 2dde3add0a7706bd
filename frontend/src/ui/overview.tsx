import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { createLanes } from '../charts/lanes';
import { useApp } from './context';

/**
 * Overview is the state of every resource over everything that is remembered, with the
 * window as a brush. By keys its work is done by [ and ], and by the windows.
 */
export function Overview(): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const lanes = root.current ? createLanes(root.current, { app }) : undefined;
    return () => lanes?.dispose();
  }, [app]);
  return <div class="overview" ref={root} role="img" aria-label="state of every resource over everything remembered" />;
}
