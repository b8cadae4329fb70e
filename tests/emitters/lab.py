"""What a trial of an emitter needs: a Headwater server of its own, a relay that sees what is sent,
a Python environment, jars, PostgreSQL.

Standard library only, Python 3.11 or later. Servers listen on loopback; only processes that were
started here are ended.
"""

import contextlib
import dataclasses
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
EMITTERS = REPOSITORY / "tests" / "emitters"
FIXTURES = REPOSITORY / "fixtures" / "emitters"
# Settings of the caller that would change what an emitter does.
FOREIGN = ("OPENLINEAGE_", "DBT_", "SPARK_", "PYSPARK_", "AIRFLOW_", "DAGSTER_", "PREFECT_", "DLT_", "HEADWATER_")


class CannotRun(Exception):
    """The machine lacks what the emitter needs; the text says what."""


class Failed(Exception):
    """The emitter, or something beside it, did not do what it should."""


def cache() -> pathlib.Path:
    """Where environments and jars are kept, outside the clone."""
    root = os.environ.get("HEADWATER_CACHE") or pathlib.Path.home() / ".cache" / "headwater"
    folder = pathlib.Path(root) / "emitters"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what: str, condition, seconds: float = 60):
    """Waits until `condition()` is true and returns what it returned."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise Failed(f"after {seconds:g} s: {what} did not happen")
        time.sleep(0.05)


class Server:
    """A `headwater serve` on a free port, with a fresh data folder."""

    def __init__(self, binary: pathlib.Path, data: pathlib.Path):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
        environment["RUST_LOG"] = "warn"
        self.log = open(data.with_suffix(".log"), "wb")
        self.process = subprocess.Popen(
            [binary, "serve", "--listen", "127.0.0.1:0", "--data", data],
            stdout=subprocess.PIPE, stderr=self.log, env=environment,
        )
        line = self.process.stdout.readline().decode()
        self.url = line.strip().rsplit(" ", 1)[-1]
        if not self.url.startswith("http://127.0.0.1:"):
            raise Failed(f"{binary} does not listen; see {self.log.name}")

    def request(self, path: str, body: bytes | None = None, headers: dict | None = None):
        request = urllib.request.Request(self.url + path, data=body, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def status(self) -> dict:
        return json.loads(self.request("/api/v1/status")[1])

    def settle(self):
        """Waits until answers and search have seen all events; fails when something was unreadable."""

        def settled():
            status = self.status()
            if status["broken"] or status["unreadableEvents"]:
                raise Failed(f"the server is not well: {status}")
            seen = status["appliedSeq"] == status["searchSeq"] == status["headSeq"]
            return seen and status["sqlWaiting"] == 0

        wait_for("the answers have seen all events", settled)

    def graphql(self, query: str, **variables) -> dict:
        body = json.dumps({"query": query, "variables": variables}).encode()
        status, text = self.request("/graphql", body, {"Content-Type": "application/json"})
        answer = json.loads(text)
        if status != 200 or answer.get("errors"):
            raise Failed(f"GraphQL answered {status}: {text.decode()}")
        return answer["data"]

    def events(self) -> list[str]:
        return self.request("/api/v1/events")[1].decode().splitlines()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.log.close()


@dataclasses.dataclass
class Seen:
    """One request that went through the relay."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    reason: str
    seconds: float


class Relay:
    """Passes requests on to the server as they are and keeps them. `refuse` may answer in its place."""

    def __init__(self, target: str):
        self.seen: list[Seen] = []
        self.refuse = None
        host, port = target.removeprefix("http://").split(":")
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def body(self) -> bytes:
                if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def do_POST(self):
                body, start = self.body(), time.monotonic()
                headers = {k.lower(): v for k, v in self.headers.items()}
                status, answer, more = 0, b"", {}
                if relay.refuse and (refusal := relay.refuse(self.path, headers, body)):
                    status, answer, more = refusal
                else:
                    passed = {k: v for k, v in headers.items() if k not in ("host", "connection", "transfer-encoding", "content-length")}
                    connection = http.client.HTTPConnection(host, int(port), timeout=60)
                    connection.request("POST", self.path, body, passed)
                    response = connection.getresponse()
                    status, answer = response.status, response.read()
                    more = {"Content-Type": response.getheader("Content-Type", "application/json")}
                    connection.close()
                relay.seen.append(Seen(self.path, headers, body, status, answer.decode(errors="replace"), time.monotonic() - start))
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            request_queue_size = 128

            def handle_error(self, request, client_address):
                """A client that went away in the middle; it will come again, or a check fails."""
                relay.gone += 1

        self.gone = 0
        self.server = Listener(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Lab:
    """One case of one emitter: its server, its relay, a fresh folder to work in."""

    def __init__(self, binary: pathlib.Path, emitter: str, case: str, stack: contextlib.ExitStack):
        self.emitter, self.case, self.stack = emitter, case, stack
        self.folder = EMITTERS / emitter
        # The same folder each time, so that names that hold it are the same each time.
        self.work = cache() / "work" / emitter / case
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        self.data = pathlib.Path(tempfile.mkdtemp(prefix="headwater-emitter-"))
        stack.callback(shutil.rmtree, self.data, ignore_errors=True)
        self.server = Server(binary, self.data / "data")
        stack.callback(self.server.stop)
        self.relay = Relay(self.server.url)
        stack.callback(self.relay.stop)
        self.url = self.relay.url
        self.home = self.work / "home"
        self.home.mkdir()
        # What stands in live answers, and what it is called in expectations and recordings.
        # Applied in this order.
        self.names: list[tuple[str, str]] = [(str(self.work), f"/srv/{emitter}"), (str(cache()), "/opt/emitters")]
        self.checks: list[tuple[str, bool, str]] = []
        self.notes: list[str] = []

    # ---- what is called what

    def anonymous(self, text: str) -> str:
        for live, told in self.names:
            text = text.replace(live, told)
        return text

    def live(self, text: str) -> str:
        for live, told in reversed(self.names):
            text = text.replace(told, live)
        return text

    # ---- running things

    def environment(self, **more: str) -> dict[str, str]:
        """The caller's environment without what would change the emitter, in a home of its own."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
        kept |= {"HOME": str(self.home), "DO_NOT_TRACK": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore"}
        kept.pop("PYTHONPATH", None)
        return kept | {k: str(v) for k, v in more.items()}

    def run(self, *command, env: dict | None = None, codes=(0,), timeout: float = 600, cwd=None) -> str:
        """Runs to the end and returns what was printed; anything but an exit code of `codes` fails."""
        log = self.work / "emitter.log"
        done = subprocess.run(
            [str(part) for part in command], cwd=cwd or self.work, env=env or self.environment(),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=timeout,
        )
        text = done.stdout.decode(errors="replace")
        with open(log, "a") as file:
            file.write(f"$ {' '.join(map(str, command))}\n{text}\n")
        if done.returncode not in codes:
            tail = "\n".join(text.splitlines()[-30:])
            raise Failed(f"{pathlib.Path(str(command[0])).name} ended with {done.returncode}; the whole is in {log}\n{tail}")
        return text

    def background(self, *command, env: dict | None = None, cwd=None) -> subprocess.Popen:
        """Starts what runs beside the emitter; it is ended with the case."""
        log = self.stack.enter_context(open(self.work / f"{pathlib.Path(str(command[0])).name}-{len(os.listdir(self.work))}.log", "wb"))
        # A session of its own, so that what it starts is ended with it.
        process = subprocess.Popen(
            [str(part) for part in command], cwd=cwd or self.work, env=env or self.environment(),
            stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
        )

        def end():
            for number in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(15)

        self.stack.callback(end)
        return process

    def sent(self, *words: str) -> bool:
        """Whether an event that was taken holds all of these words."""
        return any(all(word in line for word in words) for line in self.server.events())

    def python(self) -> pathlib.Path:
        """The Python of this emitter's environment."""
        return python_of(self.emitter) / "bin" / "python"

    def tool(self, name: str) -> pathlib.Path:
        return python_of(self.emitter) / "bin" / name

    def jars(self, folder: pathlib.Path | None = None) -> list[pathlib.Path]:
        return jars_of(folder or self.folder)

    # ---- what is checked beside expect.toml

    def check(self, what: str, holds: bool, seen: object = ""):
        self.checks.append((what, bool(holds), str(seen)))

    def note(self, text: str):
        """Something that was left out or found, for docs/EMITTERS.md."""
        self.notes.append(text)


def python_of(emitter: str) -> pathlib.Path:
    """The environment with the pinned packages of an emitter; made when missing."""
    requirements = EMITTERS / emitter / "requirements.txt"
    constraints = EMITTERS / emitter / "constraints.txt"
    pinned = requirements.read_bytes() + (constraints.read_bytes() if constraints.exists() else b"")
    mark = hashlib.sha256(pinned).hexdigest()[:12]
    venv = cache() / f"{emitter}-{mark}"
    if (venv / "complete").exists():
        return venv
    shutil.rmtree(venv, ignore_errors=True)
    print(f"  installing {emitter} into {venv}", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", venv], capture_output=True)
    if made.returncode:
        raise CannotRun(f"cannot make a Python environment (Debian: install python3-venv): {made.stderr.decode()[-300:]}")
    command = [venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]
    if constraints.exists():
        command += ["-c", constraints]
    done = subprocess.run(command, capture_output=True)
    if done.returncode:
        raise Failed(f"pip could not install {requirements}: {done.stderr.decode()[-2000:]}")
    (venv / "complete").touch()
    return venv


def jars_of(folder: pathlib.Path) -> list[pathlib.Path]:
    """The jars that the pom.xml of a folder names, fetched by Maven."""
    for tool in ("java", "mvn"):
        if not shutil.which(tool):
            raise CannotRun(f"there is no {tool}; it needs Java 17 and Maven")
    pom = folder / "pom.xml"
    mark = hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    target = cache() / f"{folder.name}-jars-{mark}"
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        print(f"  fetching the jars of {folder.name} into {target}", flush=True)
        done = subprocess.run(
            ["mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={target}"],
            capture_output=True,
        )
        if done.returncode:
            raise Failed(f"Maven could not fetch what {pom} names: {done.stdout.decode()[-2000:]}")
        (target / "complete").touch()
    return sorted(target.glob("*.jar"))


@contextlib.contextmanager
def postgres(work: pathlib.Path, logical: bool = False):
    """A PostgreSQL of our own on a free loopback port, user and database `shop`; yields the port."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        print("  installing postgresql with apt-get", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False, capture_output=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "postgresql"], check=False, capture_output=True)
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise CannotRun("there is no PostgreSQL; as root it is installed by apt-get, else install Debian's `postgresql`")
    programs = found[-1].parent
    folder = pathlib.Path(tempfile.mkdtemp(prefix="headwater-pg-"))
    # PostgreSQL refuses to run as root.
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    if user:
        shutil.chown(folder, "postgres", "postgres")
    port = free_port()
    data = folder / "data"
    base = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    (folder / "password").write_text("shop")
    os.chmod(folder / "password", 0o644)
    subprocess.run(
        [*user, programs / "initdb", "-D", data, "-U", "shop", "--auth=scram-sha-256", f"--pwfile={folder}/password", "--no-sync"],
        check=True, **base,
    )
    level = "logical" if logical else "replica"
    server = subprocess.Popen(
        [*user, programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder, "-c", f"wal_level={level}", "-c", "fsync=off"],
        **base,
    )
    try:
        psql = [programs / "psql", "-h", "127.0.0.1", "-p", str(port), "-U", "shop", "-v", "ON_ERROR_STOP=1", "-q"]
        environment = os.environ | {"PGPASSWORD": "shop"}

        def sql(text: str, database: str = "shop"):
            return subprocess.run([*psql, "-d", database, "-c", text], env=environment, capture_output=True)

        wait_for("PostgreSQL answers", lambda: sql("select 1", "postgres").returncode == 0)
        sql("create database shop", "postgres")

        def run(text: str):
            done = sql(text)
            if done.returncode:
                raise Failed(f"psql: {done.stderr.decode()}")

        yield port, run
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
