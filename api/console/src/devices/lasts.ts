// How long a lock or a time out of service may be asked for; null has no end.
export const LASTS_S = { hour: 3_600, shift: 8 * 3_600, day: 24 * 3_600, none: null } as const;
