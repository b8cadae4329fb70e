import io.openlineage.client.Clients;
import io.openlineage.client.OpenLineage;
import io.openlineage.client.OpenLineage.*;
import java.net.URI;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.UUID;

/**
 * A made-up load of a shop, told with the OpenLineage Java client.
 *
 * <pre>
 * load     stg       <- orders            columns: id, amount = price * quantity; filtered by deleted
 * split    good, bad <- stg, rejects      the lineage facet of datasets: good <- stg, bad <- rejects
 * plan     mart      <- stg               a job event without inputs and outputs; the job's lineage facet
 * export   (nothing) <- mart              fails
 * </pre>
 */
public class Job {
  static final OpenLineage ol = new OpenLineage(URI.create("https://example.org/shop-jobs"));
  static final String PG = "postgres://db.example.org:5432", WH = "warehouse";
  static ZonedDateTime time = ZonedDateTime.parse("2026-01-31T02:00:00Z");

  static ZonedDateTime now() {
    return time = time.plusMinutes(1);
  }

  static InputDataset in(String namespace, String name) {
    return ol.newInputDatasetBuilder().namespace(namespace).name(name).build();
  }

  static OutputDataset out(String name, DatasetFacetsBuilder facets) {
    return ol.newOutputDatasetBuilder().namespace(WH).name(name).facets(facets.build()).build();
  }

  static InputField field(String field, String type, String subtype) {
    return ol.newInputField(PG, "shop.public.orders", field, List.of(ol.newInputFieldTransformations(type, subtype, "", false)));
  }

  static LineageDatasetInput source(String name, String field) {
    return ol.newLineageDatasetInput(WH, name, LineageDatasetInput.Type.DATASET, field, null);
  }

  static RunEvent run(RunEvent.EventType type, Run run, String job, List<InputDataset> in, List<OutputDataset> out) {
    return ol.newRunEventBuilder().eventTime(now()).eventType(type).run(run).inputs(in).outputs(out)
        .job(ol.newJobBuilder().namespace("shop").name(job).build()).build();
  }

  static Run run(UUID id, String error) {
    RunFacetsBuilder facets = ol.newRunFacetsBuilder();
    if (error != null) facets.errorMessage(ol.newErrorMessageRunFacet(error, "java", null));
    return ol.newRunBuilder().runId(id).facets(facets.build()).build();
  }

  public static void main(String[] arguments) throws Exception {
    try (var client = Clients.newClient()) {
      UUID id = UUID.randomUUID();
      var columns = ol.newColumnLineageDatasetFacetFieldsBuilder()
          .put("id", ol.newColumnLineageDatasetFacetFieldsAdditionalBuilder().inputFields(List.of(field("id", "DIRECT", "IDENTITY"))).build())
          .put("amount", ol.newColumnLineageDatasetFacetFieldsAdditionalBuilder()
              .inputFields(List.of(field("price", "DIRECT", "TRANSFORMATION"), field("quantity", "DIRECT", "TRANSFORMATION"))).build())
          .build();
      var lineage = ol.newColumnLineageDatasetFacetBuilder().fields(columns).dataset(List.of(field("deleted", "INDIRECT", "FILTER"))).build();
      var orders = List.of(in(PG, "shop.public.orders"));
      client.emit(run(RunEvent.EventType.START, run(id, null), "load", orders, List.of()));
      client.emit(run(RunEvent.EventType.COMPLETE, run(id, null), "load", orders,
          List.of(out("staging.orders", ol.newDatasetFacetsBuilder().columnLineage(lineage)))));

      var good = ol.newLineageDatasetFacet(List.of(source("staging.orders", null)),
          ol.newLineageDatasetFacetFieldsBuilder().put("total", ol.newLineageFieldEntry(List.of(source("staging.orders", "amount")))).build());
      var bad = ol.newLineageDatasetFacet(List.of(source("staging.rejects", null)), ol.newLineageDatasetFacetFieldsBuilder().build());
      client.emit(run(RunEvent.EventType.COMPLETE, run(UUID.randomUUID(), null), "split",
          List.of(in(WH, "staging.orders"), in(WH, "staging.rejects")),
          List.of(out("marts.good", ol.newDatasetFacetsBuilder().put("lineage", good)), out("marts.bad", ol.newDatasetFacetsBuilder().put("lineage", bad)))));

      var entry = ol.newLineageDatasetEntry(WH, "marts.plan", LineageDatasetEntry.Type.DATASET, List.of(source("staging.orders", null)),
          ol.newLineageDatasetEntryFieldsBuilder().put("amount", ol.newLineageFieldEntry(List.of(source("staging.orders", "amount")))).build());
      client.emit(ol.newJobEventBuilder().eventTime(now())
          .job(ol.newJobBuilder().namespace("shop").name("plan").facets(ol.newJobFacetsBuilder().put("lineage", ol.newLineageJobFacet(List.of(entry))).build()).build())
          .build());

      UUID export = UUID.randomUUID();
      client.emit(run(RunEvent.EventType.START, run(export, null), "export", List.of(in(WH, "marts.good")), List.of()));
      client.emit(run(RunEvent.EventType.FAIL, run(export, "the printer is on fire"), "export", List.of(in(WH, "marts.good")), List.of()));
    }
  }
}
