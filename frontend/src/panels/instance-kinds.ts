/** A kind of part of which a host has any number, by the label that tells them apart. */
export interface InstanceKind {
  readonly section: string;
  readonly label: string;
  readonly title: string;
}

export const instanceKinds: readonly InstanceKind[] = [
  { section: 'disk', label: 'device', title: 'disk' },
  { section: 'filesystem', label: 'mount', title: 'mount' },
  { section: 'network', label: 'interface', title: 'interface' },
  { section: 'sensors', label: 'sensor', title: 'sensor' },
];
