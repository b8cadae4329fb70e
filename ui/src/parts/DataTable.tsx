// A table that sorts by any of its columns and shows a part of long lists first.
import { type ReactNode, useState } from "react";
import { count } from "../lib/format";

export interface ColumnOf<T> {
  id: string;
  title: string;
  cell: (row: T) => ReactNode;
  sort?: (row: T) => string | number | null | undefined;
  num?: boolean;
}

export function compare(a: unknown, b: unknown): number {
  if (a == null || b == null) return a == null ? (b == null ? 0 : 1) : -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

export function DataTable<T>({
  rows,
  columns,
  id,
  label,
  first = 100,
}: {
  rows: T[];
  columns: ColumnOf<NoInfer<T>>[];
  id: (row: NoInfer<T>) => string;
  label: string;
  first?: number;
}) {
  const [by, setBy] = useState<{ id: string; down: boolean } | null>(null);
  const [shown, setShown] = useState(first);
  const sorter = by && columns.find((column) => column.id === by.id)?.sort;
  const sorted = sorter
    ? rows.toSorted((a, b) => {
        const [x, y] = [sorter(a), sorter(b)];
        // What is not known stays last, whichever way it goes.
        if (x == null || y == null) return compare(x, y);
        return by.down ? compare(y, x) : compare(x, y);
      })
    : rows;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={label}>
      <table className="table">
        <thead>
          <tr>
            {columns.map((column) => {
              const active = by?.id === column.id;
              const order = active ? (by.down ? "descending" : "ascending") : "none";
              return (
                <th
                  key={column.id}
                  scope="col"
                  className={column.num ? "num" : undefined}
                  aria-sort={column.sort ? order : undefined}
                >
                  {column.sort ? (
                    <button
                      type="button"
                      onClick={() =>
                        setBy({ id: column.id, down: active ? !by.down : !!column.num })
                      }
                    >
                      {column.title}
                      <span aria-hidden="true">{active ? (by.down ? "↓" : "↑") : ""}</span>
                    </button>
                  ) : (
                    column.title
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, shown).map((row) => (
            <tr key={id(row)}>
              {columns.map((column) => (
                <td key={column.id} className={column.num ? "num" : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {sorted.length > shown && (
        <div className="row" style={{ padding: 12, justifyContent: "center" }}>
          <button type="button" className="btn small" onClick={() => setShown(shown + 500)}>
            Show more: {count(shown)} of {count(sorted.length)} are listed
          </button>
        </div>
      )}
    </div>
  );
}
