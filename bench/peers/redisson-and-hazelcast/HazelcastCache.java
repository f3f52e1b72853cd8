import com.hazelcast.config.Config;
import com.hazelcast.config.MapStoreConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import com.hazelcast.map.MapStore;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A map of a Hazelcast member within this process: there is no network in its writes, and what is not stored ends with the process. */
final class HazelcastCache implements Cache {
  private final IMap<String, Object> map;

  HazelcastCache(int windowSeconds, Table table) {
    MapStoreConfig store = new MapStoreConfig()
        .setEnabled(true)
        .setImplementation(new Store(table))
        .setWriteDelaySeconds(windowSeconds)
        .setWriteBatchSize(Table.MOST_IN_A_REQUEST);
    Config config = new Config();
    config.setProperty("hazelcast.logging.type", "none").setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.socket.bind.any", "false");
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
    config.getMapConfig("items").setBackupCount(0).setMapStoreConfig(store);
    map = Hazelcast.newHazelcastInstance(config).getMap("items");
  }

  @Override
  public void put(String key, String value) {
    map.set(key, value);
  }

  @Override
  public void increment(String key) {
    map.executeOnKey(key, (EntryProcessor<String, Object, Object>) entry -> {
      Object old = entry.getValue();
      entry.setValue(old == null ? 1L : (Long) old + 1);
      return null;
    });
  }

  @Override
  public Map<String, Object> all() {
    return new HashMap<>(map.getAll(map.keySet()));
  }

  private record Store(Table table) implements MapStore<String, Object> {
    @Override
    public void store(String key, Object value) {
      table.store(Map.of(key, value));
    }

    @Override
    public void storeAll(Map<String, Object> states) {
      table.store(states);
    }

    @Override
    public void delete(String key) {
      throw new UnsupportedOperationException("No workload deletes.");
    }

    @Override
    public void deleteAll(Collection<String> keys) {
      throw new UnsupportedOperationException("No workload deletes.");
    }

    @Override
    public Object load(String key) {
      return null;
    }

    @Override
    public Map<String, Object> loadAll(Collection<String> keys) {
      return Map.of();
    }

    @Override
    public Iterable<String> loadAllKeys() {
      return List.of();
    }
  }
}
