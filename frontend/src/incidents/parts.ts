import { useEffect, useState } from 'preact/hooks';
import { createLater } from '../ui/later';

/** useIncidentParts fetches the lists of events and changes, and the form of a file, once they are wanted. */
export function useIncidentParts(wanted: boolean): typeof import('./incident-parts') | undefined {
  const [later] = useState(() => createLater(() => import('./incident-parts')));
  useEffect(() => {
    if (wanted) void later.fetch();
  }, [later, wanted]);
  return later.parts.value;
}
