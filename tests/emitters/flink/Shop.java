import java.util.Map;
import java.util.Properties;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Two Flink SQL jobs on Kafka topics that end when they have read what is there.
 *
 * <pre>
 * shop     big_orders      <- orders       amounts over 10
 *          customer_names  <- customers    in the same statement set
 * weights  weights         <- orders       fails: a status is no number
 * </pre>
 */
public class Shop {
  static String topic(String name, String columns, String broker) {
    return "create table " + name + " (" + columns + ") with ('connector' = 'kafka', 'topic' = '" + name + "', 'properties.bootstrap.servers' = '"
        + broker + "', 'format' = 'json', 'properties.group.id' = 'shop', 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset')";
  }

  static TableEnvironment environment(String job, String broker, String url, String port) {
    Configuration conf = new Configuration();
    Map.of(
        "execution.job-status-changed-listeners", "io.openlineage.flink.listener.OpenLineageJobStatusChangedListenerFactory",
        "openlineage.transport.type", "http", "openlineage.transport.url", url, "openlineage.transport.endpoint", "/api/v1/lineage",
        "openlineage.job.namespace", "shop", "openlineage.job.name", job,
        "rest.port", port, "rest.bind-port", port,
        "restart-strategy.type", "none", "parallelism.default", "1").forEach(conf::setString);
    conf.setString("openlineage.enableDetachedJobTracking", "true");
    conf.setString("rest.address", "127.0.0.1");
    conf.setString("rest.bind-address", "127.0.0.1");
    conf.setString("pipeline.name", job);
    TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(conf).build());
    tables.executeSql(topic("orders", "id int, customer int, amount double, status string", broker));
    tables.executeSql(topic("customers", "id int, name string", broker));
    tables.executeSql(topic("big_orders", "order_id int, amount double", broker));
    tables.executeSql(topic("customer_names", "customer int, name string", broker));
    tables.executeSql(topic("weights", "id int, weight int", broker));
    return tables;
  }

  public static void main(String[] arguments) throws Exception {
    String broker = arguments[0], url = arguments[1], port = arguments[2], otherPort = arguments[3];
    Properties settings = new Properties();
    settings.put("bootstrap.servers", broker);
    settings.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    settings.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    try (var producer = new KafkaProducer<String, String>(settings)) {
      producer.send(new ProducerRecord<>("orders", "{\"id\": 1, \"customer\": 1, \"amount\": 5.0, \"status\": \"paid\"}")).get();
      producer.send(new ProducerRecord<>("orders", "{\"id\": 2, \"customer\": 2, \"amount\": 70.0, \"status\": \"open\"}")).get();
      producer.send(new ProducerRecord<>("customers", "{\"id\": 1, \"name\": \"Ada\"}")).get();
    }
    TableEnvironment shop = environment("shop", broker, url, port);
    var statements = shop.createStatementSet();
    statements.addInsertSql("insert into big_orders select id, amount from orders where amount > 10");
    statements.addInsertSql("insert into customer_names select id, upper(name) from customers");
    statements.execute().await();
    System.out.println("shop is done");

    TableEnvironment weights = environment("weights", broker, url, otherPort);
    try {
      weights.executeSql("insert into weights select id, cast(status as int) from orders").await();
      System.exit(1);
    } catch (Exception error) {
      System.out.println("failed as it should: " + error.getMessage());
    }
    // The listener asks the job's REST interface how it ended, from a thread of its own; drive.py ends
    // this process when it has told.
    Thread.currentThread().join();
  }
}
