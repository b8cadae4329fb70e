// Facets as they came. They are text from outside: shown, never run, and only http(s) is a link.
import { count, prettyJson, safeUrl, time } from "../lib/format";
import { Badge, Card, Code, Empty, Text } from "./basic";

export interface FacetOf {
  name: string;
  text: string;
  masked: boolean;
  setAt?: string | null;
}

export function Facets({ facets }: { facets: FacetOf[] }) {
  return (
    <Card title="Facets" total={facets.length}>
      {facets.length === 0 ? (
        <Empty title="No facet was sent." />
      ) : (
        <ul className="facet-list">
          {facets.map((facet, at) => (
            <li key={facet.name + at}>
              <details>
                <summary>
                  <span className="mono">
                    <Text>{facet.name}</Text>
                  </span>
                  <span className="faint">
                    {count(facet.text.length)} characters, {time(facet.setAt)}
                  </span>
                  {facet.masked && <Badge tone="warn">secrets masked</Badge>}
                </summary>
                <Code text={prettyJson(facet.text)} label={`Facet ${facet.name}`} />
              </details>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

/** An address from an event: a link when it is one of the web, else its text. */
export function OutLink({ url, children }: { url: string | null | undefined; children?: string }) {
  if (!url) return null;
  const safe = safeUrl(url);
  const text = <Text>{children ?? url}</Text>;
  if (!safe) return <span className="mono">{text}</span>;
  return (
    <a href={safe} target="_blank" rel="noopener noreferrer nofollow">
      {text}
    </a>
  );
}
