// The audit as a file: what the filters want, as the station writes it, read bit by bit with a way out.

import { api } from "../base/api.js";
import { dateTime } from "../base/format.js";
import { saveFile } from "../parts/files.js";
import { queryOf } from "./audit_reader.js";

const MARK = "\ufeff"; // tells spreadsheet programs that it is UTF-8
const PIECE = 1 << 20;
const LINE_END = 0x0a;

// `onProgress(share)`. Gives the file's name and how many entries it has.
export async function exportAudit(wanted, signal, onProgress) {
  const query = queryOf(wanted);
  const { total } = await api.get(`/audit?${query}&limit=1`, signal);
  const answer = await api.stream(`/audit?${query}`, "text/csv", signal);
  const reader = answer.body.getReader();
  let [file, pieces, waiting, lines] = [new Blob([MARK]), [], 0, -1]; // the first line has the columns' names
  for (;;) {
    const { done, value } = await reader.read();
    // As a blob the browser may put it on disk.
    if (done || waiting > PIECE) [file, pieces, waiting] = [new Blob([file, ...pieces], { type: "text/csv" }), [], 0];
    if (done) break;
    pieces.push(value);
    waiting += value.length;
    lines += value.reduce((sum, byte) => sum + (byte === LINE_END), 0);
    onProgress(Math.min(1, lines / Math.max(1, total)));
  }
  const name = `siapp-audit-${dateTime(new Date()).slice(0, 10)}.csv`;
  saveFile(file, name);
  return { name, count: lines };
}
