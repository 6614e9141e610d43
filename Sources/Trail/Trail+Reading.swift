import DurableFiles
public import StrictJSON
import SystemPackage

extension Trail {
    /// The newest records that answer a query, newest first.
    ///
    /// Within a day records stand in the order they were written. Lines that are no record, which only a
    /// damaged file can hold, are passed over.
    ///
    /// - Parameter limit: At most this many.
    /// - Throws: `.storage`.
    public func records(matching query: TrailQuery = TrailQuery(), limit: Int = .max) throws(TrailError)
        -> [JSONValue]
    {
        try storing { () throws(DurableFileError) in
            var found: [JSONValue] = []
            let filter = LineFilter(query)
            for day in try directory.days().reversed() where query.covers(day) {
                guard found.count < limit else { break }
                try collect(from: day, matching: query, passing: filter, limit: limit, into: &found)
            }
            return found
        }
    }

    /// Searches one day from its end.
    private func collect(
        from day: String, matching query: TrailQuery, passing filter: LineFilter, limit: Int,
        into found: inout [JSONValue]
    ) throws(DurableFileError) {
        do throws(DurableFileError) {
            var lines = try BackwardLines(LogFile.name(of: day), in: directory)
            while found.count < limit, let line = try lines.next() {
                guard filter.passes(line), let record = Self.record(line), query.matches(record) else {
                    continue
                }
                found.append(record)
            }
        } catch {
            // Somebody tidied up old days between listing and opening.
            guard error.errno == .noSuchFileOrDirectory else { throw error }
        }
    }

    /// Starts following the trail: each poll gives what was appended since the one before.
    ///
    /// - Parameter fromStart: Whether the first poll gives everything there is.
    /// - Throws: `.storage`.
    public func follow(fromStart: Bool = false) throws(TrailError) -> TrailFollower {
        try storing { () throws(DurableFileError) in try TrailFollower(directory, fromStart: fromStart) }
    }

    /// The record on a line; `nil` for a line that is none.
    static func record(_ line: ArraySlice<UInt8>) -> JSONValue? {
        guard let value = try? JSONValue(parsing: Array(line)), value.object != nil else { return nil }
        return value
    }
}

extension TrailQuery {
    /// Whether records of that day may be in the time asked for.
    fileprivate func covers(_ day: String) -> Bool {
        if let since, day < Trail.day(of: since) { return false }
        if let until, day > Trail.day(of: until) { return false }
        return true
    }
}

/// A reader of the trail that remembers how far it came.
///
/// It belongs to one thread; polling it every second or so is what `tail -f` does.
public struct TrailFollower: ~Copyable {
    private let directory: Directory
    /// Where the next unread line begins, by day.
    private var offsets: [String: Int] = [:]

    init(_ directory: Directory, fromStart: Bool) throws(DurableFileError) {
        self.directory = directory
        guard !fromStart else { return }
        for day in try directory.days() {
            offsets[day] = try directory.status(of: LogFile.name(of: day))?.byteCount ?? 0
        }
    }

    /// The records that were appended since the last poll, oldest first; a record is never given twice.
    ///
    /// - Throws: `.storage`; the next poll goes on where this one stopped.
    public mutating func poll() throws(TrailError) -> [JSONValue] {
        var found: [JSONValue] = []
        let days: [String]
        do throws(DurableFileError) { days = try directory.days() } catch { throw .storage(error) }
        for day in days {
            do throws(DurableFileError) {
                try read(day, into: &found)
            } catch {
                guard error.errno == .noSuchFileOrDirectory else { throw .storage(error) }
            }
        }
        return found
    }

    /// Reads what one day has gained.
    private mutating func read(_ day: String, into found: inout [JSONValue]) throws(DurableFileError) {
        let name = LogFile.name(of: day)
        var offset = offsets[day] ?? 0
        let end = try directory.status(of: name)?.byteCount ?? 0
        // A file that shrank below us is another file: somebody deleted the old one.
        if end < offset { offset = 0 }
        guard end > offset else { return }
        var lines = try ForwardLines(name, in: directory, from: offset)
        while true {
            let chunk = try lines.next()
            if chunk.isEmpty { break }
            found.append(contentsOf: chunk.compactMap(Trail.record))
            offsets[day] = lines.offset
        }
    }
}
