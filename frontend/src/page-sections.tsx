// The sections below the first screen. They come with the later parts: nobody has seen the
// first picture yet when these would be made.

import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { CollectorTable } from './panels/collector-table';
import { HostGaps } from './panels/host-gaps';
import { InstanceTable } from './panels/instance-table';
import { ResourceSection } from './panels/resource-section';
import { instanceKinds, sections, shownOf } from './panels/sections';
import { ServiceTable } from './services/service-table';
import { useApp, watch } from './ui/context';
import { whenIdle } from './ui/idle';
import { PageCostLine } from './ui/page-cost-line';

/** How long a busy page may put off the next section. */
const sectionMs = 500;

/** Sections are drawn one by one when the page is idle, behind the first picture. */
export function Sections({ mounted }: { mounted: Signal<number> }): JSX.Element {
  const app = useApp();
  watch(app.feed.shape);
  const { store } = app.feed;
  const all = shownOf(sections(store.panels(), store.series()), app.view.arrangement.value);
  const open = !matchMedia('(max-width: 699px)').matches;
  const due = app.feed.connection.pictured.value && mounted.value < all.length;
  useEffect(() => (due ? whenIdle(() => mounted.value++, sectionMs) : undefined), [due, mounted, mounted.value]);
  return (
    <>
      {all.slice(0, mounted.value).map((section) => (
        <ResourceSection key={section.id} section={section} open={open} resource={store.resources().find((resource) => resource.section === section.id)}>
          {instanceKinds.filter((kind) => kind.section === section.id).map((kind) => <InstanceTable key={kind.label} kind={kind} panels={section.panels} />)}
          {section.id === 'services' && <ServiceTable />}
          {section.id === 'self' && <PageCostLine />}
          {section.id === 'self' && <CollectorTable />}
        </ResourceSection>
      ))}
      {mounted.value >= all.length && <HostGaps open={open} />}
    </>
  );
}
