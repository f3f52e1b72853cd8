import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.PutRequest;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** The table `items`, as a write-behind writer stores in it at best: puts without a condition, by 25 with one request. */
final class Table {
  static final int MOST_IN_A_REQUEST = 25;
  private static final String NAME = "items";

  final AtomicLong items = new AtomicLong();
  final AtomicLong calls = new AtomicLong();
  private final Map<String, Object> stored = new ConcurrentHashMap<>();
  private final DynamoDbClient client;

  Table(URI endpoint) {
    client = DynamoDbClient.builder()
        .endpointOverride(endpoint)
        .region(Region.US_EAST_1)
        .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
        .build();
  }

  void store(Map<String, Object> states) {
    List<WriteRequest> requests = new ArrayList<>(MOST_IN_A_REQUEST);
    for (Map.Entry<String, Object> state : states.entrySet()) {
      requests.add(put(state.getKey(), state.getValue()));
      if (requests.size() == MOST_IN_A_REQUEST) send(requests);
    }
    if (!requests.isEmpty()) send(requests);
    stored.putAll(states);
  }

  /** How many items it does not have in these states. */
  long lacks(Map<String, Object> states) {
    return states.entrySet().stream().filter(state -> !state.getValue().equals(stored.get(state.getKey()))).count();
  }

  private void send(List<WriteRequest> requests) {
    calls.incrementAndGet();
    boolean isRefused = !client.batchWriteItem(request -> request.requestItems(Map.of(NAME, requests))).unprocessedItems().isEmpty();
    if (isRefused) throw new IllegalStateException("The table took only a part of a request.");
    items.addAndGet(requests.size());
    requests.clear();
  }

  private static WriteRequest put(String key, Object value) {
    Map.Entry<String, AttributeValue> attribute = value instanceof Long
        ? Map.entry("n", AttributeValue.fromN(value.toString()))
        : Map.entry("v", AttributeValue.fromS((String) value));
    Map<String, AttributeValue> item = Map.of("pk", AttributeValue.fromS(key), attribute.getKey(), attribute.getValue());
    return WriteRequest.builder().putRequest(PutRequest.builder().item(item).build()).build();
  }
}
