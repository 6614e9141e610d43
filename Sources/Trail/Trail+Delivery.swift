import AWSVocabulary
import DurableFiles
import FoundationEssentials
import SystemPackage

extension Trail {
    /// Delivers what is new as gzip files, in the layout in which CloudTrail fills a bucket.
    ///
    /// `AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz`,
    /// dated by the delivery; each holds `{"Records":[…]}`. Only one process delivers at a time; the others
    /// wait, and then find nothing left. Each record is delivered once to a destination, also when a delivery
    /// was cut short.
    ///
    /// - Parameter destination: A directory, made where there is none. How far it got is remembered under
    ///   this text.
    /// - Returns: The paths of the new files below `destination`; none when there was nothing new.
    /// - Throws: `.storage`, `.compression`, `.damagedDeliveryState`. What was delivered before stays
    ///   delivered.
    ///
    /// Source: CloudTrail User Guide, "CloudTrail log file names".
    @discardableResult
    public func deliver(to destination: String) throws(TrailError) -> [String] {
        try deliver(to: destination, batchByteCount: 8 << 20)
    }

    /// Delivers with about `batchByteCount` bytes of records to a file.
    func deliver(to destination: String, batchByteCount: Int) throws(TrailError) -> [String] {
        let lock = try storing { () throws(DurableFileError) in
            try FileLock(waitingFor: "delivery.lock", in: directory, .exclusive)
        }
        var delivery = Delivery(
            trail: self, destination: destination, state: try DeliveryState.load(from: directory))
        try delivery.finishPending()
        try delivery.deliverNew(batchByteCount)
        // The lock must last until here; it has no other use.
        _ = consume lock
        return delivery.paths
    }

    /// Where the next delivered file goes.
    func deliveryPath() -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        let unique = surroundings.randomBytes(16).map { letters[Int($0) % letters.count] }
        let now = surroundings.now()
        let day = Self.day(of: now).replacing("-", with: "/")
        let minute = Timestamps.compact(now).prefix(13) + "Z"
        return "AWSLogs/\(account)/CloudTrail/\(region)/\(day)/"
            + "\(account)_CloudTrail_\(region)_\(minute)_\(String(decoding: unique, as: UTF8.self)).json.gz"
    }
}

/// One run of delivering, under the lock.
private struct Delivery {
    let trail: Trail
    let destination: String
    var state: DeliveryState
    var paths: [String] = []

    private var offsets: [String: Int] { state.offsets[destination] ?? [:] }

    /// Completes a delivery that was cut short after it was announced.
    mutating func finishPending() throws(TrailError) {
        guard let pending = state.pending[destination] else { return }
        // Visible means whole: then only the last step is missing.
        if try !exists(pending.path) {
            var batch = Batch(offsets: offsets)
            try batch.fill(from: trail.directory, upTo: pending.offsets)
            try write(batch, to: pending.path)
        }
        try complete(pending)
    }

    /// Delivers what is new, file by file.
    ///
    /// ORDER: announce, write, complete; each is durable before the next begins.
    mutating func deliverNew(_ batchByteCount: Int) throws(TrailError) {
        while true {
            var batch = Batch(offsets: offsets)
            try batch.fill(from: trail.directory, byteCount: batchByteCount)
            guard !batch.isEmpty else {
                if batch.offsets != offsets {
                    try complete(DeliveryState.Pending(path: "", offsets: batch.offsets))
                }
                return
            }
            let pending = DeliveryState.Pending(path: try freePath(), offsets: batch.offsets)
            state.pending[destination] = pending
            try state.save(to: trail.directory)
            try write(batch, to: pending.path)
            try complete(pending)
        }
    }

    /// A path that no delivered file has; the random part makes a second try rare.
    private func freePath() throws(TrailError) -> String {
        var path = trail.deliveryPath()
        while try exists(path) { path = trail.deliveryPath() }
        return path
    }

    /// Remembers that a file is there.
    private mutating func complete(_ pending: DeliveryState.Pending) throws(TrailError) {
        state.offsets[destination] = pending.offsets
        state.pending[destination] = nil
        try state.save(to: trail.directory)
        if !pending.path.isEmpty { paths.append(pending.path) }
    }

    /// The directory and the name of a file below the destination.
    private func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (destination, path) }
        return ("\(destination)/\(path[..<slash])", String(path[path.index(after: slash)...]))
    }

    /// Whether a file was delivered under this path; one that is visible is whole.
    private func exists(_ path: String) throws(TrailError) -> Bool {
        let (parent, name) = split(path)
        do throws(DurableFileError) {
            let directory = try Directory(opening: parent, calls: trail.directory.calls)
            return try directory.status(of: name) != nil
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw .storage(error) }
            return false
        }
    }

    /// Compresses a batch and makes it visible at once and durably.
    private func write(_ batch: Batch, to path: String) throws(TrailError) {
        let compressed = try Gzip.compress(batch.body)
        let (parent, name) = split(path)
        try storing { () throws(DurableFileError) in
            let directory = try Directory.create(at: parent, calls: trail.directory.calls)
            try AtomicFile.write(compressed, to: name, in: directory)
        }
    }
}

/// The records of one delivered file, and how far they reach.
private struct Batch {
    /// Per day, the offset behind the last record taken.
    private(set) var offsets: [String: Int]
    private var records: [UInt8] = []

    init(offsets: [String: Int]) { self.offsets = offsets }

    var isEmpty: Bool { records.isEmpty }

    /// `{"Records":[…]}`.
    var body: [UInt8] { Array(#"{"Records":["#.utf8) + records + Array("]}".utf8) }

    /// Takes every record up to these offsets.
    mutating func fill(from directory: Directory, upTo limits: [String: Int]) throws(TrailError) {
        for day in limits.keys.sorted() {
            try storing { () throws(DurableFileError) in
                try take(day, from: directory, upTo: limits[day] ?? 0, byteCount: .max)
            }
        }
    }

    /// Takes new records, oldest day first, until there are about this many bytes.
    mutating func fill(from directory: Directory, byteCount: Int) throws(TrailError) {
        try storing { () throws(DurableFileError) in
            let days = try directory.days()
            // Days whose file is gone are done with.
            offsets = offsets.filter { days.contains($0.key) }
            for day in days where records.count < byteCount {
                try take(day, from: directory, upTo: .max, byteCount: byteCount)
            }
        }
    }

    /// Takes the whole lines of one day from where it was left, passing over what is no record.
    private mutating func take(
        _ day: String, from directory: Directory, upTo limit: Int, byteCount: Int
    ) throws(DurableFileError) {
        let name = LogFile.name(of: day)
        guard let end = try directory.status(of: name)?.byteCount else { return }
        var offset = offsets[day] ?? 0
        if end < offset { offset = 0 }
        var lines = try ForwardLines(name, in: directory, from: offset)
        while records.count < byteCount {
            let chunk = try lines.next(upTo: limit)
            if chunk.isEmpty { break }
            for line in chunk where Trail.record(line) != nil {
                if !records.isEmpty { records.append(UInt8(ascii: ",")) }
                records.append(contentsOf: line)
            }
        }
        offsets[day] = lines.offset
    }
}
