"""The OpenLineage Java client: HTTP with gzip and a key, and a composite of two transports."""

import gzip
import json

TITLE = "Java client"
EVENTS = 6
LEFT_OUT = ["The Kafka, Kinesis and file transports: Headwater takes events over HTTP."]


def job(lab, transport: dict):
    config = lab.work / "openlineage.yml"
    config.write_text(json.dumps({"transport": transport}))
    classes = ":".join(map(str, lab.jars()))
    env = lab.environment(OPENLINEAGE_CONFIG=config)
    lab.run("java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classes, lab.folder / "Job.java", env=env)


def http(lab, **more):
    return {"type": "http", "url": lab.url, "compression": "gzip", "auth": {"type": "api_key", "apiKey": "made-up"}} | more


def gzip_key(lab):
    """HTTP with gzip (chunked, without a length) and an API key; the first request is answered with 503."""
    refused = []

    def refuse(path, headers, body):
        if not refused:
            refused.append(body)
            return 503, b'{"error": {"code": "busy", "message": "later"}}', {"Retry-After": "1", "Content-Type": "application/json"}

    lab.relay.refuse = refuse
    job(lab, http(lab))
    seen = lab.relay.seen
    lab.check("every body is gzip, in chunks", all(s.headers.get("content-encoding") == "gzip" and "chunked" in s.headers.get("transfer-encoding", "") for s in seen))
    lab.check("every request carries the key", all(s.headers.get("authorization") == "Bearer made-up" for s in seen))
    again = [gzip.decompress(s.body) for s in seen if s.status == 201]
    lab.check("the refused event came again and was taken", all(gzip.decompress(body) in again for body in refused))
    lab.check(f"all {EVENTS} events are kept, each once", len(lab.server.events()) == EVENTS == len(again), len(again))


def composite(lab):
    """A composite of two HTTP transports to the same server: every event comes twice and counts once."""
    job(lab, {"type": "composite", "continueOnFailure": True, "transports": [http(lab, name="one"), http(lab, name="two", compression=None)]})
    answers = [json.loads(seen.reason)["status"] for seen in lab.relay.seen]
    lab.check("each event is accepted once and known once", sorted(answers) == ["accepted"] * EVENTS + ["duplicate"] * EVENTS, answers)


CASES = {"gzip-key": gzip_key, "composite": composite}
EXPECT = {"composite": "gzip-key"}
RECORD = ["gzip-key"]
