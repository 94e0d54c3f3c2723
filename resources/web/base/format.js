// Figures and times as people read them.

import { locale } from "./words.js";

const UNITS = ["B", "kB", "MB", "GB", "TB"];

// Bytes in the unit that leaves two to four figures: "12.4 GB".
export function size(bytes) {
  let place = 0;
  let value = bytes;
  while (value >= 1024 && place < UNITS.length - 1) [value, place] = [value / 1024, place + 1];
  return `${value.toFixed(place && value < 100 ? 1 : 0)} ${UNITS[place]}`;
}

// Hours, minutes and seconds: "0:05:12".
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

// 0:07, 12:30, 1:02:03.
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

// 0:07.24: with hundredths.
export function exactClock(seconds) {
  const hundredths = Math.max(0, Math.floor(seconds * 100 + 1e-6));
  return `${clock(hundredths / 100)}.${String(hundredths % 100).padStart(2, "0")}`;
}

// "2026-11-26 00:14"; with seconds where asked.
export function dateTime(iso, seconds = false) {
  const at = new Date(iso);
  const two = (number) => String(number).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}${seconds ? `:${two(at.getSeconds())}` : ""}`;
  return `${day} ${clock}`;
}

// The time of day, with the date where it was not today.
export function since(iso) {
  const whole = dateTime(iso, true);
  return whole.startsWith(dateTime(new Date()).slice(0, 10)) ? whole.slice(11) : whole.slice(5);
}

export const percent = (share) => `${Math.round(share * 100)} %`;

// Names in the order that people of this language expect, with numbers by their value.
export const byName = (one, other) => one.name.localeCompare(other.name, locale(), { numeric: true });
