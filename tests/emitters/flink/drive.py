"""Flink 2.1 SQL on Kafka topics, with a broker of our own."""

import socket

import lab as laboratory

TITLE = "Flink 2.1"
LEFT_OUT = ["Flink 1.x: its integration is another one.", "A cluster; the jobs run in one process.", "Column lineage: Flink's integration sends none."]


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def broker(lab) -> int:
    """A Kafka broker in KRaft mode; returns its port."""
    port, controller = laboratory.free_port(), laboratory.free_port()
    settings = lab.work / "server.properties"
    settings.write_text(
        f"process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:{controller}\n"
        f"listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\nadvertised.listeners=PLAINTEXT://127.0.0.1:{port}\n"
        f"controller.listener.names=CONTROLLER\nlog.dirs={lab.work}/kafka\noffsets.topic.replication.factor=1\n"
        "transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\nnum.partitions=1\nauto.create.topics.enable=true\n"
    )
    java = ["java", "-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", ":".join(map(str, lab.jars(lab.folder / "broker")))]
    lab.run(*java, "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", settings)
    lab.background(*java, "kafka.Kafka", settings)
    laboratory.wait_for("the Kafka broker answers", lambda: answers(port), 60)
    return port


def kafka(lab):
    """A statement set of two inserts, and a job that fails; both end when they have read their topics."""
    port = broker(lab)
    lab.names.append((f"127.0.0.1:{port}", "127.0.0.1:9092"))
    opens = [f"--add-opens=java.base/java.{package}=ALL-UNNAMED" for package in ("util", "lang", "time")]
    classes = ":".join(map(str, lab.jars()))
    job = lab.background(
        "java", "-Xmx768m", *opens, "-Dorg.slf4j.simpleLogger.defaultLogLevel=info", "-cp", classes, lab.folder / "Shop.java",
        f"127.0.0.1:{port}", lab.url, laboratory.free_port(), laboratory.free_port(),
    )

    def told() -> bool:
        if job.poll() is not None:
            raise laboratory.Failed(f"the job ended with {job.returncode}; see the logs in {lab.work}")
        return lab.sent('"COMPLETE"', '"name":"shop"') and lab.sent('"FAIL"', '"name":"weights"')

    laboratory.wait_for("both jobs are told to have ended", told, 180)
    lab.note("A statement set is told as one run with all its inputs and outputs, so each output is inferred from each input. In truth `customer_names` comes from `customers` alone.")
    lab.note("A FAIL event says nothing of the reason.")


CASES = {"kafka": kafka}
