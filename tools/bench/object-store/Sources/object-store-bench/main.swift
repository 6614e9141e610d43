// Measures what docs/decisions/0002-metadata-of-local-objects.md records.
//
//     object-store-bench DIRECTORY [MESSAGES [ROUNDS [OBJECTS]]]

import Foundation

func number(_ index: Int, or fallback: Int) -> Int {
    CommandLine.arguments.count > index ? Int(CommandLine.arguments[index]) ?? fallback : fallback
}

func column(_ text: String, _ width: Int) -> String {
    text.count < width ? String(repeating: " ", count: width - text.count) + text : text
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

guard CommandLine.arguments.count > 1 else {
    print("usage: object-store-bench DIRECTORY [MESSAGES [ROUNDS [OBJECTS]]]")
    exit(64)
}
let directory = CommandLine.arguments[1]
let rounds = number(3, or: 5)
let ingest = Ingest(directory: directory, messages: number(2, or: 400))
let listing = ListingBench(directory: directory, objects: number(4, or: 100_000))

do {
    // Rounds go through all variants in turn, so that a busy minute of the machine spoils none alone.
    var results: [String: [Ingest.Result]] = [:]
    for _ in 0..<rounds {
        for writers in [1, 8] {
            for (name, policy) in Ingest.policies {
                results["\(writers) \(name)", default: []].append(try ingest.run(policy, writers: writers))
            }
        }
    }
    print("durable puts of \(ingest.bodyByteCount) bytes: median of \(rounds) rounds of \(ingest.messages)")
    print("writers variant             puts/s  (best) with behind  ms/put flushes/put KiB/put CPU µs/put")
    for writers in [1, 8] {
        for (name, _) in Ingest.policies {
            let all = results["\(writers) \(name)"] ?? []
            let puts = all.map(\.messagesPerSecond)
            print(
                column("\(writers)", 7), name + String(repeating: " ", count: 19 - name.count),
                column(String(Int(median(puts))), 6), column(String(Int(puts.max() ?? 0)), 7),
                column(String(Int(median(all.map(\.messagesPerSecondDrained)))), 11),
                column(String(format: "%.2f", median(all.map(\.medianMilliseconds))), 7),
                column(String(format: "%.2f", median(all.map(\.flushesPerMessage))), 11),
                column(String(Int(median(all.map(\.kibibytesPerMessage)))), 7),
                column(String(Int(median(all.map(\.processorMicroseconds)))), 10))
        }
    }
    print("\nreading a bucket of \(listing.objects) objects, seconds (best of three)")
    for withInstructions in [false, true] {
        let bucket = try listing.fill(withInstructions: withInstructions)
        print(withInstructions ? "with an instruction file each" : "without instruction files")
        let cold = try listing.run(bucket, cold: true)
        let warm = try (0..<3).map { _ in try listing.run(bucket, cold: false) }
        for (index, step) in cold.enumerated() {
            let best = warm.map { $0[index].seconds }.min() ?? 0
            print(
                "  " + step.what + String(repeating: " ", count: max(1, 44 - step.what.count))
                    + String(format: "warm %6.2f   cold %6.2f", best, step.seconds))
        }
    }
} catch {
    print("object-store-bench: \(error)")
    exit(1)
}
