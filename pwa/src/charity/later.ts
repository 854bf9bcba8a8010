/** Which of two standings of one thing is true: the one with the higher version. */
export function later<Standing extends { version: number }>(now: Standing | undefined, told: Standing): Standing {
  return now && now.version > told.version ? now : told;
}
