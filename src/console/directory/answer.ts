/** What the module's commands answer beside what the listener says (control.ts). Times are epoch milliseconds. */
import type { HostOfPerson } from "../../store/device-view.ts";
import type { PersonDetail, PersonSummary } from "../../store/person.ts";

export type { HostOfPerson, PersonSummary };

export interface People {
  /** That match, on all pages. */
  total: number;
  people: PersonSummary[];
}

export interface Person extends PersonDetail {
  /** Machines at which somebody of this account was last, the latest first. */
  hosts: HostOfPerson[];
}
