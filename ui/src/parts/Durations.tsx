// The durations of runs as a small plot, oldest left. Each bar leads to its run.
import { duration, time } from "../lib/format";
import { To } from "../lib/nav";

interface RunOf {
  id: string;
  state: string;
  startedAt?: string | null;
  durationMs?: number | null;
  job: { namespace: string; name: string };
}

export function Durations({ runs }: { runs: RunOf[] }) {
  const list = runs.toReversed();
  const longest = Math.max(...list.map((run) => run.durationMs ?? 0), 1);
  return (
    <div className="durations">
      <ol>
        {list.map((run) => {
          const label = `${run.state.toLowerCase()}, ${time(run.startedAt)}, took ${duration(run.durationMs)}`;
          return (
            <li key={run.id + run.job.name}>
              <To
                to="/run"
                params={{ id: run.id, namespace: run.job.namespace, name: run.job.name }}
                title={label}
                aria-label={label}
              >
                <i
                  className={`tick ${run.state}`}
                  style={{ height: `${Math.max(6, ((run.durationMs ?? 0) / longest) * 100)}%` }}
                />
              </To>
            </li>
          );
        })}
      </ol>
      <p className="faint">
        Duration of the last {list.length} runs; the longest took {duration(longest)}
      </p>
    </div>
  );
}
