// What a person has to do for each type of incident, because onekey cannot.
const ALWAYS = ["police", "camera"];

const BY_TYPE: Record<string, string[]> = {
  rear_end: ["ambulance", "tow"],
  collision: ["ambulance", "fire_brigade", "tow"],
  rollover: ["ambulance", "fire_brigade", "tow", "cleaning"],
  breakdown: ["tow"],
  fire: ["fire_brigade", "ambulance", "ventilation", "evacuation", "other_bore"],
  spill: ["fire_brigade", "ventilation", "cleaning", "evacuation"],
  debris: ["cleaning"],
  wrong_way: ["entries", "other_bore"],
  congestion: ["entries"],
  weather: ["entries", "cleaning"],
  roadwork: ["cleaning"],
};

/** Keys of `words.checklist`. */
export function tasksOf(type: string): string[] {
  return [...(BY_TYPE[type] ?? []), ...ALWAYS];
}
