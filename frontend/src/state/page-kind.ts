/** pageKind is what a hub says of the page that it serves: the wall, or a host below it; '' elsewhere. */
export const pageKind = (): string => document.documentElement.dataset.page ?? '';
