import java.util.Map;

/** What is compared: a map in a cache that stores behind its writes. */
interface Cache {
  void put(String key, String value);

  /** Adds one to a number. */
  void increment(String key);

  /** Everything that it holds. */
  Map<String, Object> all();
}
