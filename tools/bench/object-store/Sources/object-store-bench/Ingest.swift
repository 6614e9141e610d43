import DurableFiles
import Foundation
import Glibc
import ObjectStore
import Synchronization

/// How fast durable puts are, by where the metadata goes.
struct Ingest {
    let directory: String
    let messages: Int
    let bodyByteCount = 75_000

    static let policies: [(name: String, policy: LocalStore.InstructionPolicy)] = [
        ("attributes only", .onlyIfNeeded), ("instruction behind", .behind), ("instruction inline", .inline),
    ]

    struct Result {
        var messagesPerSecond = 0.0
        /// Including the wait for what is written behind.
        var messagesPerSecondDrained = 0.0
        var medianMilliseconds = 0.0
        var flushesPerMessage = 0.0
        var kibibytesPerMessage = 0.0
        var processorMicroseconds = 0.0
    }

    func run(_ policy: LocalStore.InstructionPolicy, writers: Int) throws -> Result {
        let path = directory + "/ingest"
        try? FileManager.default.removeItem(atPath: path)
        sync()
        var options = LocalStore.Options()
        options.instructionFiles = policy
        options.sweepsAtStart = false
        let store = try LocalStore(directory: path, creating: true, options: options)
        let bucket = try store.createBucket(named: "mailbox")
        // The bucket's own directory comes into being with the first object; that is not what is measured.
        _ = try bucket.put(ObjectKey("warm-up"), body: [0], metadata: Self.metadata)
        store.drain()
        sync()
        let before = Counters(of: directory)
        let start = ContinuousClock.now
        let times = put(into: bucket, writers: writers)
        let put = ContinuousClock.now
        store.drain()
        let drained = ContinuousClock.now
        let after = Counters(of: directory)
        store.stop()
        let count = Double(messages)
        return Result(
            messagesPerSecond: count / (put - start).seconds,
            messagesPerSecondDrained: count / (drained - start).seconds,
            medianMilliseconds: times.sorted()[times.count / 2] * 1_000,
            flushesPerMessage: Double(after.flushes - before.flushes) / count,
            kibibytesPerMessage: Double(after.sectorsWritten - before.sectorsWritten) / 2 / count,
            processorMicroseconds: (after.processorSeconds - before.processorSeconds) * 1e6 / count)
    }

    /// - Returns: How long each put took, in seconds.
    private func put(into bucket: LocalBucket, writers: Int) -> [Double] {
        let times = Mutex<[Double]>([])
        let next = Atomic<Int>(0)
        let done = DispatchSemaphore(value: 0)
        let body = [UInt8](repeating: 0x5A, count: bodyByteCount)
        let messages = messages
        for _ in 0..<writers {
            Thread.detachNewThread {
                var own: [Double] = []
                while case let number = next.add(1, ordering: .relaxed).oldValue, number < messages {
                    let start = ContinuousClock.now
                    do {
                        let key = try ObjectKey(Self.messageID(number))
                        _ = try bucket.put(key, body: body, metadata: Self.metadata)
                    } catch {
                        print("put failed: \(error)")
                        exit(1)
                    }
                    own.append((ContinuousClock.now - start).seconds)
                }
                times.withLock { $0 += own }
                done.signal()
            }
        }
        for _ in 0..<writers { done.wait() }
        return times.withLock { $0 }
    }

    static func messageID(_ number: Int) -> String {
        let digits = String(number &* 2_654_435_761, radix: 32)
        return String(repeating: "0", count: max(0, 40 - digits.count)) + digits
    }

    /// What SES writes, with lengths as it has them: about 680 bytes.
    static let metadata: ObjectMetadata = {
        let context =
            #"{"aws:ses:message-id":"d6iitobk75ur44p8kdnnp7g2n800","aws:ses:rule-name":"example-receipt-rule","#
            + #""aws:ses:source-account":"111122223333","kms_cmk_id":"#
            + #""arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}"#
        let entries = [
            "x-amz-key-v2": String(repeating: "A", count: 248), "x-amz-iv": "oKGio6Slpqeoqaqr",
            "x-amz-matdesc": context, "x-amz-wrap-alg": "kms", "x-amz-cek-alg": "AES/GCM/NoPadding",
            "x-amz-tag-len": "128", "x-amz-unencrypted-content-length": "74984",
        ]
        return (try? ObjectMetadata(entries)) ?? .none
    }()
}

/// What the block device and this process did so far.
struct Counters {
    var flushes = 0
    var sectorsWritten = 0
    var processorSeconds = 0.0

    init(of directory: String) {
        var status = stat()
        guard stat(directory, &status) == 0 else { return }
        // makedev(3): eight and twelve low bits of minor and major, the rest above.
        let number = UInt64(status.st_dev)
        let major = (number >> 8) & 0xFFF | (number >> 32) & 0xFFFF_F000
        let minor = number & 0xFF | (number >> 12) & 0xFFFF_FF00
        // Documentation/block/stat.rst: the 7th number is sectors written, the 16th flush requests.
        if let text = try? String(contentsOfFile: "/sys/dev/block/\(major):\(minor)/stat", encoding: .utf8) {
            let numbers = text.split { $0 == " " || $0 == "\n" }.compactMap { Int($0) }
            if numbers.count > 6 { sectorsWritten = numbers[6] }
            if numbers.count > 15 { flushes = numbers[15] }
        }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        processorSeconds =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
