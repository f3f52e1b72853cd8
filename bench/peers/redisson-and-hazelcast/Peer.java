import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Carries out an ops file as `bench/peer.ts` does, by another cache: `Peer redisson|hazelcast OPS ENDPOINT REDIS_PORT ACKS OUT WINDOW_SECONDS`.
 * Acknowledgements, the result and its members are those of that peer; `lacking` is how many items the table has in another state than the cache.
 */
public final class Peer {
  /** Of a window of one second: what stores nothing for so long stores nothing any more. */
  private static final long QUIET_MS = 10_000;
  private static final int DRAIN_POLL_MS = 25;

  private final List<String> lines;
  private final Map<String, String> header = new HashMap<>();
  private final long[] latencies;
  private final RandomAccessFile acks;
  private volatile long startedAt;

  private Peer(Path ops, Path acks) throws IOException {
    lines = Files.readAllLines(ops);
    for (String field : lines.get(0).split(" ")) {
      if (field.contains("=")) header.put(field.split("=")[0], field.split("=")[1]);
    }
    latencies = new long[number("ops")];
    this.acks = new RandomAccessFile(acks.toFile(), "rw");
    this.acks.setLength(0);
    this.acks.setLength(8L * number("lanes"));
  }

  public static void main(String[] args) throws Exception {
    Peer peer = new Peer(Path.of(args[1]), Path.of(args[4]));
    boolean isNumbers = peer.header.get("kind").equals("incr");
    Table table = new Table(URI.create(args[2]));
    int windowSeconds = Integer.parseInt(args[6]);
    Cache cache = args[0].equals("redisson")
        ? new RedissonCache(Integer.parseInt(args[3]), isNumbers, windowSeconds, table)
        : new HazelcastCache(windowSeconds, table);
    double ms = peer.run(cache, isNumbers);
    Map<String, Object> last = cache.all();
    double drainMs = drained(last, table);
    long[] sorted = peer.latencies.clone();
    Arrays.sort(sorted);
    int ops = sorted.length;
    Files.writeString(Path.of(args[5]), String.format(
        "{\"ops\":%d,\"ms\":%.2f,\"rate\":%.2f,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f,"
            + "\"dbItems\":%d,\"dbCalls\":%d,\"drainMs\":%.2f,\"thrown\":0,\"failed\":0,"
            + "\"lacking\":%d}%n",
        ops, ms, 1000 * ops / ms, sorted[ops / 2] / 1e6, sorted[(int) (ops * 0.99)] / 1e6, sorted[ops - 1] / 1e6,
        table.items.get(), table.calls.get(), drainMs, table.lacks(last)));
    System.exit(0);
  }

  private int number(String name) {
    return Integer.parseInt(header.get(name));
  }

  /** Milliseconds from the first operation to the last acknowledgement. */
  private double run(Cache cache, boolean isNumbers) throws InterruptedException {
    List<List<Integer>> lanes = new ArrayList<>();
    for (int lane = 0; lane < number("lanes"); lane += 1) lanes.add(new ArrayList<>());
    for (int op = 0; op < latencies.length; op += 1) {
      lanes.get(Integer.parseInt(lines.get(op + 1).split(" ")[0])).add(op);
    }
    startedAt = System.nanoTime();
    List<Thread> threads = new ArrayList<>();
    for (int lane = 0; lane < lanes.size(); lane += 1) {
      int own = lane;
      Thread thread = new Thread(() -> runLane(cache, isNumbers, own, lanes.get(own)));
      // An operation that is not acknowledged would make the result wrong.
      thread.setUncaughtExceptionHandler((ignored, error) -> {
        error.printStackTrace();
        Runtime.getRuntime().halt(1);
      });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) thread.join();
    return (System.nanoTime() - startedAt) / 1e6;
  }

  private void runLane(Cache cache, boolean isNumbers, int lane, List<Integer> ops) {
    int rate = number("rate");
    long count = 0;
    for (int op : ops) {
      String key = String.format("k%08d", Integer.parseInt(lines.get(op + 1).split(" ")[1]));
      if (rate > 0) sleepUntil(startedAt + (long) (op * 1e9 / rate));
      String value = isNumbers ? null : valueOf(key, op);
      long calledAt = System.nanoTime();
      if (isNumbers) cache.increment(key);
      else cache.put(key, value);
      count += 1;
      acknowledge(lane, count);
      latencies[op] = System.nanoTime() - calledAt;
    }
  }

  private String valueOf(String key, int op) {
    String start = "{\"k\":\"" + key + "\",\"s\":" + op + ",\"p\":\"";
    return start + "x".repeat(Math.max(0, number("valueBytes") - start.length() - 2)) + "\"}";
  }

  private void acknowledge(int lane, long count) {
    ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, count);
    try {
      acks.getChannel().write(bytes, 8L * lane);
    } catch (IOException error) {
      throw new IllegalStateException(error);
    }
  }

  private static void sleepUntil(long at) {
    try {
      for (long early = at - System.nanoTime(); early > 0; early = at - System.nanoTime()) {
        Thread.sleep(early / 1_000_000, (int) (early % 1_000_000));
      }
    } catch (InterruptedException error) {
      throw new IllegalStateException(error);
    }
  }

  /** Milliseconds from now until the table has everything that the cache has; -1 if that does not come. */
  private static double drained(Map<String, Object> last, Table table) throws InterruptedException {
    long from = System.nanoTime();
    long items = table.items.get();
    long changedAt = from;
    while (table.lacks(last) > 0) {
      if (table.items.get() != items) {
        items = table.items.get();
        changedAt = System.nanoTime();
      }
      if (System.nanoTime() - changedAt > QUIET_MS * 1_000_000) return -1;
      Thread.sleep(DRAIN_POLL_MS);
    }
    return (System.nanoTime() - from) / 1e6;
  }
}
