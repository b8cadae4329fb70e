"""Prefect 3 with the listener of openlineage-prefect, and flows that run as deployments."""

import http.client

import lab as laboratory

TITLE = "Prefect 3"
LEFT_OUT = ["A flow run without a deployment: it ends the listener.", "A work pool with workers of its own; `serve` runs the flows in one process."]


def healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def deployments(lab):
    """A flow of two tasks that say what they read and write by artifacts, and a flow that fails."""
    port = laboratory.free_port()
    api = f"http://127.0.0.1:{port}/api"
    lab.names.append((f"127.0.0.1:{port}", "127.0.0.1:4200"))
    env = lab.environment(
        PREFECT_HOME=lab.work / "prefect", PREFECT_API_URL=api, PREFECT_SERVER_ANALYTICS_ENABLED="false", PREFECT_LOGGING_LEVEL="WARNING",
        OPENLINEAGE_NAMESPACE="shop", OPENLINEAGE__TRANSPORT__TYPE="http", OPENLINEAGE__TRANSPORT__URL=lab.url,
        OPENLINEAGE__TRANSPORT__ENDPOINT="api/v1/lineage", PATH=f"{lab.tool('prefect').parent}:/usr/local/bin:/usr/bin:/bin",
    )
    prefect = lab.tool("prefect")
    lab.background(prefect, "server", "start", "--host", "127.0.0.1", "--port", port, "--no-ui", env=env)
    laboratory.wait_for("Prefect's server answers", lambda: healthy(port), 120)
    lab.background(lab.python(), lab.folder / "listener.py", env=env)
    lab.background(lab.python(), lab.folder / "flows.py", env=env)
    laboratory.wait_for(
        "the deployments are there", lambda: "shop export/nightly" in lab.run(prefect, "deployment", "ls", env=env | {"COLUMNS": "200"}), 120
    )
    lab.run(prefect, "deployment", "run", "shop load/nightly", "--watch", env=env, timeout=180)
    lab.run(prefect, "deployment", "run", "shop export/nightly", "--watch", env=env, codes=(0, 1), timeout=180)
    laboratory.wait_for("the failed flow is told", lambda: lab.sent('"FAIL"', "shop export"), 60)
    lab.note("A FAIL event says nothing of the reason.")


CASES = {"deployments": deployments}
