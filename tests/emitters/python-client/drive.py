"""The OpenLineage Python client, over each of its HTTP transports."""

import gzip
import json

TITLE = "Python client"
EVENTS = 14
LEFT_OUT = ["The Kafka transport: Headwater takes events over HTTP.", "The file transport: `headwater import` reads its files; held by `tests/it/transfer.rs`."]


def job(lab, **transport):
    settings = {f"OPENLINEAGE__TRANSPORT__{key.upper()}": value for key, value in transport.items()}
    lab.run(lab.python(), lab.folder / "job.py", env=lab.environment(**settings))


def events_of(lab):
    """The bodies that were taken, unpacked."""
    taken = [one for one in lab.relay.seen if one.status == 201]
    return [json.loads(gzip.decompress(one.body) if one.headers.get("content-encoding") == "gzip" else one.body) for one in taken]


def each_once(lab):
    sent, kept = events_of(lab), [json.loads(line) for line in lab.server.events()]
    key = lambda event: json.dumps(event, sort_keys=True)
    lab.check(f"all {EVENTS} events are kept, each once", sorted(map(key, sent)) == sorted(map(key, kept)) and len(kept) == EVENTS, len(kept))


def http(lab):
    """The plain HTTP transport."""
    job(lab, type="http", url=lab.url)
    each_once(lab)


def http_gzip_key(lab):
    """HTTP with gzip and an API key; the first three requests are answered with 503."""
    refused = []

    def refuse(path, headers, body):
        if len(refused) < 3:
            refused.append(body)
            return 503, b'{"error": {"code": "busy", "message": "later"}}', {"Retry-After": "1", "Content-Type": "application/json"}

    lab.relay.refuse = refuse
    job(lab, type="http", url=lab.url, compression="gzip", auth='{"type": "api_key", "apiKey": "made-up"}')
    seen = lab.relay.seen
    lab.check("every body is gzip", all(one.headers.get("content-encoding") == "gzip" for one in seen))
    lab.check("every request carries the key", all(one.headers.get("authorization") == "Bearer made-up" for one in seen))
    lab.check("three were refused", [one.status for one in seen].count(503) == 3)
    again = [one.body for one in seen if one.status == 201]
    lab.check("the refused event came again and was taken", all(body in again for body in refused))
    each_once(lab)


def async_http(lab):
    """The asynchronous HTTP transport, many at once."""
    job(lab, type="async_http", url=lab.url, compression="gzip")
    each_once(lab)


CASES = {"http": http, "http-gzip-key": http_gzip_key, "async-http": async_http}
RECORD = ["http"]
EXPECT = {"http-gzip-key": "http", "async-http": "http"}
