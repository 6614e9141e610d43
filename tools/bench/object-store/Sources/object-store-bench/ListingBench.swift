import DurableFiles
import Foundation
import Glibc
import ObjectStore

/// How fast a large bucket is read, with and without an instruction file beside each object.
struct ListingBench {
    let directory: String
    let objects: Int

    func fill(withInstructions: Bool) throws -> LocalBucket {
        let path = directory + (withInstructions ? "/listing-with" : "/listing-without")
        try? FileManager.default.removeItem(atPath: path)
        var options = LocalStore.Options()
        options.sweepsAtStart = false
        let store = try LocalStore(directory: path, creating: true, options: options)
        let bucket = try store.createBucket(named: "mailbox")
        // Not through `put`, whose flushes would take minutes and tell nothing about listing.
        let root = try Directory(opening: path + "/mailbox")
        let body = [UInt8](repeating: 1, count: 1_000)
        let instruction = InstructionFile.contents(for: Ingest.metadata)
        for number in 0..<objects {
            let name = Ingest.messageID(number)
            let file = try root.open(name, [.write, .create])
            try body.withUnsafeBytes { try file.write($0) }
            for (entry, value) in Ingest.metadata.entries {
                try file.setAttribute(FileAttribute(name: "user." + entry, value: Array(value.utf8)))
            }
            guard withInstructions else { continue }
            let other = try root.open(name + InstructionFile.suffix, [.write, .create])
            try instruction.withUnsafeBytes { try other.write($0) }
        }
        sync()
        return bucket
    }

    func run(_ bucket: LocalBucket, cold: Bool) throws -> [(what: String, seconds: Double)] {
        let steps: [(String, () throws -> Void)] = [
            ("names of the level as a stream (readdir)", { try readLevel(bucket) }),
            ("names and facts (ls -l: one stat each)", { try readInfos(bucket) }),
            ("names, facts and metadata (head of each)", { try readHeads(bucket) }),
            ("sorted listing, one page", { _ = try bucket.list(limit: objects) }),
            ("sorted listing, pages of 1,000", { try readPages(bucket) }),
        ]
        return try steps.map { what, step in
            if cold { Self.dropCaches() }
            let start = ContinuousClock.now
            try step()
            return (what, (ContinuousClock.now - start).seconds)
        }
    }

    private func names(_ bucket: LocalBucket) throws -> [String] {
        var names: [String] = []
        try bucket.level(.root).read(from: 0) { entry in
            names.append(entry.name)
            return true
        }
        guard names.count == objects else { throw BenchError("\(names.count) names instead of \(objects)") }
        return names
    }

    private func readLevel(_ bucket: LocalBucket) throws {
        _ = try names(bucket)
    }

    private func readInfos(_ bucket: LocalBucket) throws {
        for name in try names(bucket) { _ = try bucket.info(ObjectKey(name)) }
    }

    private func readHeads(_ bucket: LocalBucket) throws {
        for name in try names(bucket) { _ = try bucket.head(ObjectKey(name)) }
    }

    private func readPages(_ bucket: LocalBucket) throws {
        var request = ListRequest()
        while case let page = try bucket.list(request), let next = page.nextStartAfter {
            request.startAfter = next
        }
    }

    private static func dropCaches() {
        sync()
        try? Data("3".utf8).write(to: URL(filePath: "/proc/sys/vm/drop_caches"))
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
