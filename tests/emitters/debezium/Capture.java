import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.Json;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Debezium's engine on one PostgreSQL, until it has seen enough rows. */
public class Capture {
  public static void main(String[] arguments) throws Exception {
    String port = arguments[0], work = arguments[1];
    int enough = Integer.parseInt(arguments[2]);
    Properties settings = new Properties();
    settings.setProperty("name", "shopdb");
    settings.setProperty("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
    settings.setProperty("offset.storage", "org.apache.kafka.connect.storage.FileOffsetBackingStore");
    settings.setProperty("offset.storage.file.filename", Path.of(work, "offsets").toString());
    settings.setProperty("offset.flush.interval.ms", "0");
    settings.setProperty("topic.prefix", "shopdb");
    settings.setProperty("database.hostname", "127.0.0.1");
    settings.setProperty("database.port", port);
    settings.setProperty("database.user", "shop");
    settings.setProperty("database.password", "shop");
    settings.setProperty("database.dbname", "shop");
    settings.setProperty("plugin.name", "pgoutput");
    settings.setProperty("table.include.list", "public.orders,public.customers");
    settings.setProperty("openlineage.integration.enabled", "true");
    settings.setProperty("openlineage.integration.config.file.path", Path.of(work, "openlineage.yml").toString());
    settings.setProperty("openlineage.integration.job.namespace", "shop");
    settings.setProperty("openlineage.integration.job.owners", "Ann=maintainer");
    settings.setProperty("openlineage.integration.dataset.kafka.bootstrap.servers", "broker.example.org:9092");
    settings.setProperty("transforms", "openlineage");
    settings.setProperty("transforms.openlineage.type", "io.debezium.transforms.openlineage.OpenLineage");

    CountDownLatch seen = new CountDownLatch(enough);
    DebeziumEngine<ChangeEvent<String, String>> engine =
        DebeziumEngine.create(Json.class).using(settings).notifying(change -> seen.countDown()).build();
    var executor = Executors.newSingleThreadExecutor();
    executor.execute(engine);
    boolean all = seen.await(90, TimeUnit.SECONDS);
    engine.close();
    executor.shutdown();
    executor.awaitTermination(30, TimeUnit.SECONDS);
    System.exit(all ? 0 : 1);
  }
}
