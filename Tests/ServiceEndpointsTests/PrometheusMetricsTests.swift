import Metrics
import ServiceEndpoints
import Testing

@Suite("Prometheus text")
struct PrometheusMetricsTests {
    @Test("counters, gauges and their labels")
    func numbers() {
        let metrics = PrometheusMetrics(help: ["jobs_total": "Jobs done."])
        Counter(label: "jobs", dimensions: [("kind", "a\"b\\c\n"), ("at", "x")], factory: metrics).increment(
            by: 2)
        Counter(label: "jobs", dimensions: [("at", "x"), ("kind", "a\"b\\c\n")], factory: metrics).increment()
        Counter(label: "jobs_total", factory: metrics).increment()
        let gauge = Meter(label: "open-files", factory: metrics)
        gauge.set(2.5)
        gauge.decrement(by: 1)
        #expect(
            metrics.exposition() == """
                # HELP jobs_total Jobs done.
                # TYPE jobs_total counter
                jobs_total 1
                jobs_total{at="x",kind="a\\"b\\\\c\\n"} 3
                # TYPE open_files gauge
                open_files 1.5

                """)
    }

    @Test("a timer is a cumulative histogram in seconds")
    func timer() {
        let metrics = PrometheusMetrics()
        let timer = Timer(label: "wait", dimensions: [("op", "x")], factory: metrics)
        for nanoseconds: Int64 in [50_000, 100_000, 3_000_000, 20_000_000_000] {
            timer.recordNanoseconds(nanoseconds)
        }
        let lines = metrics.exposition().split(separator: "\n").map(String.init)
        #expect(lines.contains("# TYPE wait_seconds histogram"))
        #expect(lines.contains("wait_seconds_bucket{op=\"x\",le=\"0.0001\"} 2"))
        #expect(lines.contains("wait_seconds_bucket{op=\"x\",le=\"0.005\"} 3"))
        #expect(lines.contains("wait_seconds_bucket{op=\"x\",le=\"10\"} 3"))
        #expect(lines.contains("wait_seconds_bucket{op=\"x\",le=\"+Inf\"} 4"))
        #expect(lines.contains("wait_seconds_sum{op=\"x\"} 20.00315"))
        #expect(lines.contains("wait_seconds_count{op=\"x\"} 4"))
    }

    @Test("recorders are histograms or gauges")
    func recorders() {
        let metrics = PrometheusMetrics()
        Recorder(label: "size", dimensions: [], aggregate: true, factory: metrics).record(17)
        Gauge(label: "level", dimensions: [], factory: metrics).record(7)
        let text = metrics.exposition()
        #expect(text.contains("size_bucket{le=\"16\"} 0\nsize_bucket{le=\"64\"} 1\n"))
        #expect(text.contains("# TYPE level gauge\nlevel 7\n"))
    }

    @Test("one name is one kind")
    func kinds() {
        let metrics = PrometheusMetrics()
        Counter(label: "x_total", factory: metrics).increment()
        Meter(label: "x_total", factory: metrics).set(5)
        #expect(metrics.exposition() == "# TYPE x_total counter\nx_total 1\n")
    }
}
