// One stored report of a check before a merge, as it was made.
import { useRouterState } from "@tanstack/react-router";
import { useAsk } from "../api/query";
import { graphql } from "../gql";
import type { CheckPageQuery } from "../gql/graphql";
import { plain, safeUrl, time } from "../lib/format";
import { To } from "../lib/nav";
import { Bones, Copy, Empty, Failed, Note, Text, useTitle, When } from "../parts/basic";
import { ShownReport } from "./impact/Report";

const CHECK = graphql(`
  query CheckPage($id: ID!) {
    check(id: $id) {
      id title repository branch commit url source verdict exitCode checkedAt storedAt
      report(limit: 500) { ...ReportParts }
    }
  }
`);

type Check = NonNullable<CheckPageQuery["check"]>;

function usePathId(): string {
  return useRouterState({
    select: ({ location }) => {
      const end = location.pathname.split("/")[2] ?? "";
      try {
        return decodeURIComponent(end);
      } catch {
        return end;
      }
    },
  });
}

export function CheckPage() {
  const id = usePathId();
  const asked = useAsk(CHECK, { id });
  const check = asked.data?.check;
  useTitle(check?.title ? `${plain(check.title)} – Check` : "Check");
  return (
    <div className="page">
      {asked.error && (
        <>
          <h1>Check</h1>
          <Failed error={asked.error} again={() => asked.refetch()} />
        </>
      )}
      {asked.isPending && <Bones lines={8} />}
      {asked.data && !check && <Gone id={id} />}
      {check && <Shown check={check} />}
    </div>
  );
}

function Gone({ id }: { id: string }) {
  return (
    <>
      <h1>Check</h1>
      <Empty icon="check" title="This check is not here.">
        <p>
          <span className="mono">
            <Text>{id}</Text>
          </span>{" "}
          was stored on another server, or it was deleted to make room for newer ones. Run the check
          again to store it anew.
        </p>
        <To to="/checks" className="btn">
          The checks that are here
        </To>
      </Empty>
    </>
  );
}

function Shown({ check }: { check: Check }) {
  const url = safeUrl(check.url);
  return (
    <>
      <div className="head">
        <div className="head-row">
          <h1>
            <Text>{check.title || check.branch || `Check ${check.id}`}</Text>
          </h1>
          <div className="row">
            {url && (
              <a className="btn" href={url} rel="noreferrer">
                To the pull request or job
              </a>
            )}
            <Copy text={location.origin + location.pathname} label="Copy the link to this check" />
          </div>
        </div>
        <Facts check={check} />
      </div>
      <div className="stack">
        {check.report ? (
          <ShownReport report={check.report} source={check} file={`check-${check.id}.csv`} />
        ) : (
          <Note tone="warn">
            The report was deleted to make room while this page was loaded. Run the check again to
            store it anew.
          </Note>
        )}
      </div>
    </>
  );
}

function Facts({ check }: { check: Check }) {
  const facts: [string, string | null | undefined][] = [
    ["Repository", check.repository],
    ["Branch", check.branch],
    ["Commit", check.commit],
    ["Changes from", check.source],
  ];
  return (
    <dl className="check-facts">
      {facts.map(
        ([what, text]) =>
          text && (
            <div key={what}>
              <dt>{what}</dt>
              <dd className={what === "Commit" ? "mono" : undefined}>
                <Text>{what === "Commit" ? text.slice(0, 12) : text}</Text>
              </dd>
            </div>
          ),
      )}
      <div>
        <dt>Checked</dt>
        <dd>
          <When at={check.checkedAt} />
        </dd>
      </div>
      <div>
        <dt>Stored</dt>
        <dd title={time(check.storedAt)}>
          <When at={check.storedAt} />
        </dd>
      </div>
      <div>
        <dt>Exit code</dt>
        <dd>{check.exitCode}</dd>
      </div>
    </dl>
  );
}
