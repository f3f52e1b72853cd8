import java.util.Collection;
import java.util.Map;
import org.redisson.Redisson;
import org.redisson.api.RMap;
import org.redisson.api.map.MapWriter;
import org.redisson.api.map.WriteMode;
import org.redisson.api.options.MapOptions;
import org.redisson.client.codec.Codec;
import org.redisson.client.codec.LongCodec;
import org.redisson.client.codec.StringCodec;
import org.redisson.codec.CompositeCodec;
import org.redisson.config.Config;

/** A map of Redisson in Valkey, whose writer runs in this process. */
final class RedissonCache implements Cache {
  private final RMap<String, Object> map;

  RedissonCache(int port, boolean isNumbers, int windowSeconds, Table table) {
    Config config = new Config();
    config.useSingleServer().setAddress("redis://127.0.0.1:" + port);
    Codec values = isNumbers ? LongCodec.INSTANCE : StringCodec.INSTANCE;
    MapWriter<String, Object> writer = new MapWriter<>() {
      @Override
      public void write(Map<String, Object> states) {
        table.store(states);
      }

      @Override
      public void delete(Collection<String> keys) {
        throw new UnsupportedOperationException("No workload deletes.");
      }
    };
    map = Redisson.create(config).getMap(MapOptions.<String, Object>name("items")
        .codec(new CompositeCodec(StringCodec.INSTANCE, values))
        .writer(writer)
        .writeMode(WriteMode.WRITE_BEHIND)
        .writeBehindBatchSize(Table.MOST_IN_A_REQUEST)
        .writeBehindDelay(1000 * windowSeconds));
  }

  @Override
  public void put(String key, String value) {
    map.fastPut(key, value);
  }

  @Override
  public void increment(String key) {
    map.addAndGet(key, 1L);
  }

  @Override
  public Map<String, Object> all() {
    return map.readAllMap();
  }
}
