// Lists of cameras as CSV, as spreadsheet programs write and read it, the same as the window's.

import { mark, t } from "../base/words.js";

const COLUMNS = ["name", "address", "state"];
const NAME_HEADS = new Set(["name", "名称", "摄像机"]);
const ADDRESS_HEADS = new Set(["address", "rtsp_url", "url", "地址"]);
const MOST_BYTES = 1 << 20;
const MOST_CAMERAS = 1000;
// A spreadsheet program would take what begins so for a formula; the wide ones too (OWASP, CSV injection).
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

const harmless = (cell) => (FORMULA.test(cell) ? `'${cell}` : cell);
const restored = (cell) => (cell.startsWith("'") && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell);
const quoted = (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

// Excel takes a file without the mark at its beginning for one in the system's old encoding.
export function written(devices) {
  const rows = devices.map(({ name, rtsp_url, state }) => [name, rtsp_url, state].map(harmless));
  return `\ufeff${[COLUMNS, ...rows].map((row) => `${row.map(quoted).join(",")}\r\n`).join("")}`;
}

// { line, name, address } of each camera that a file (an ArrayBuffer) names. Throws an Error that says what is wrong.
export function read(bytes) {
  if (bytes.byteLength > MOST_BYTES) {
    throw new Error(
      t(mark("The file is larger than {limit} kB. Is it a list of cameras? Split it where it is."), {
        limit: MOST_BYTES >> 10,
      }),
    );
  }
  const [head = { cells: [] }, ...rows] = filled(cells(decoded(bytes)));
  const [name, address] = [column(head.cells, NAME_HEADS), column(head.cells, ADDRESS_HEADS)];
  if (!rows.length) throw new Error(t(mark("There are no cameras in this file, only the names of the columns.")));
  if (rows.length > MOST_CAMERAS) {
    throw new Error(t(mark("There are more than {limit} cameras in this file. Split it."), { limit: MOST_CAMERAS }));
  }
  const cell = (row, place) => restored((row.cells[place] ?? "").trim());
  return rows.map((row) => ({ line: row.line, name: cell(row, name), address: cell(row, address) }));
}

// UTF-8, or what a Chinese Windows writes.
function decoded(bytes) {
  const [first, second] = new Uint8Array(bytes);
  const wide = { 0xfffe: "utf-16le", 0xfeff: "utf-16be" }[(first << 8) | second];
  for (const encoding of wide ? [wide] : ["utf-8", "gb18030"]) {
    try {
      const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
      if (!/[^\P{Cc}\t\r\n]/u.test(text)) return text;
    } catch {
      // Not this one: the next may be it.
    }
  }
  throw new Error(t(mark("This file is no text. Save the list as CSV, and choose that file.")));
}

// Lines of cells. Comma, semicolon or tab; a cell in quotation marks may have all of them, and breaks of lines.
function cells(text) {
  const first = text.split(/\r?\n|\r/).find((line) => line.trim()) ?? "";
  const delimiter = [",", ";", "\t"].sort((one, other) => first.split(other).length - first.split(one).length)[0];
  const pattern = new RegExp(`("(?:[^"]|"")*"|[^${delimiter}\\r\\n"]*)(${delimiter}|\\r?\\n|\\r|$)`, "y");
  const lines = [];
  let [row, line] = [[], 1];
  while (pattern.lastIndex < text.length) {
    const found = pattern.exec(text);
    if (!found) throw new Error(t(mark("Line {line} can't be read. Is a quotation mark missing?"), { line }));
    const [, cell, end] = found;
    row.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    line += cell.split(/\r?\n|\r/).length - 1;
    if (end === delimiter) continue;
    lines.push({ line, cells: row });
    [row, line] = [[], line + 1];
  }
  if (row.length) lines.push({ line, cells: row });
  return lines;
}

const filled = (lines) => lines.filter(({ cells: row }) => row.some((cell) => cell.trim()));

function column(head, names) {
  const place = head.findIndex((cell) => names.has(cell.trim().toLowerCase()));
  if (place >= 0) return place;
  throw new Error(t(mark("The first line must name the columns “name” and “address”. Export a list to see how.")));
}
