import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../ui/context';
import { DataTable } from '../ui/table/data-table';
import { LargestServices } from './largest-services';
import { serviceColumns, serviceLook } from './service-columns';
import { createServices, tableName } from './service-rows';

/** ServiceTable is who uses the machine by the name people call it, at the second that the page speaks of. */
export function ServiceTable(): JSX.Element {
  const app = useApp();
  const [columns] = useState(() => serviceColumns(app));
  const [services] = useState(() => createServices(app));
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => () => services.dispose(), [services]);
  useEffect(() => whileSeen(root.current, () => app.feed.connection.watchTable(tableName)), [app]);
  return (
    <div ref={root}>
      <LargestServices memory={services.memory} />
      <DataTable class="instance-table" label="every service" columns={columns} look={serviceLook} from="tables" rowsAt={(moment) => services.at(moment).rows} />
    </div>
  );
}

/** whileSeen begins something when an element comes near the window, and ends it when it leaves: nobody is sent a table that is not looked at. */
function whileSeen(element: Element | null, begin: () => () => void): () => void {
  if (!element) return () => undefined;
  let end: (() => void) | undefined;
  const observer = new IntersectionObserver(
    (entries) => {
      const seen = entries.at(-1)?.isIntersecting === true;
      if (seen) end ??= begin();
      else {
        end?.();
        end = undefined;
      }
    },
    { rootMargin: '200px' },
  );
  observer.observe(element);
  return () => {
    observer.disconnect();
    end?.();
  };
}
