public import AWSVocabulary
public import DurableFiles
import FoundationEssentials
import Synchronization

/// The record of every call to the account, allowed or refused.
///
/// Records are lines of JSON in one file a day, `YYYY-MM-DD.jsonl` by the record's time in UTC. Any number of
/// threads and processes append to them at the same time: a line is there whole or not at all, and a call
/// whose record cannot be written must fail. Records are not flushed to the device one by one; a power cut
/// may take the last seconds, which is what CloudTrail promises no better.
///
/// Nothing secret comes in here: the services leave plaintext, ciphertext and tokens out of their records, as
/// AWS does.
public final class Trail: Sendable {
    /// Open files that nobody is writing to just now.
    private struct State {
        var idle: [LogFile] = []
    }

    let account: AccountID
    let region: Region
    let surroundings: Surroundings
    let directory: Directory
    private let state = Mutex(State())

    /// Opens the trail in `directory`, making it where there is none.
    ///
    /// - Parameters:
    ///   - account: The account whose trail it is; it names delivered files.
    ///   - region: The Region whose trail it is.
    ///   - surroundings: The clock and random source of deliveries.
    ///   - calls: The door to the file system.
    /// - Throws: `.storage`.
    public init(
        directory: String, account: AccountID, region: Region, surroundings: Surroundings,
        calls: FileCalls = .live
    ) throws(TrailError) {
        self.account = account
        self.region = region
        self.surroundings = surroundings
        self.directory = try storing { () throws(DurableFileError) in
            try Directory.create(at: directory, calls: calls)
        }
    }

    /// Appends a record; when this returns, every reader sees it, and it survives the death of this process.
    ///
    /// - Throws: `.storage`. Nothing of the record is in the trail then, and the call it describes must fail.
    public func append(_ record: EventRecord) throws(TrailError) {
        let (line, day) = record.line()
        try storing { () throws(DurableFileError) in
            var file = try idleFile(of: day)
            // Twice would be somebody moving files away as fast as we make them; still each turn makes
            // progress.
            while try !file.append(line) { file = try LogFile(day: day, in: directory) }
            keep(file)
        }
    }

    /// An open file of that day that is nobody else's for now.
    ///
    /// The kernel ties a file lock to an opening of the file, so each thread that appends needs one of its
    /// own.
    private func idleFile(of day: String) throws(DurableFileError) -> LogFile {
        let kept = state.withLock { state -> LogFile? in
            guard let index = state.idle.lastIndex(where: { $0.day == day }) else { return nil }
            return state.idle.remove(at: index)
        }
        return if let kept { kept } else { try LogFile(day: day, in: directory) }
    }

    /// Gives a file back, and lets go of those of other days: the trail has moved on.
    private func keep(_ file: LogFile) {
        // Dropped outside the lock: the last reference closes the file.
        let dropped = state.withLock { state -> [LogFile] in
            let others = state.idle.filter { $0.day != file.day }
            state.idle.removeAll { $0.day != file.day }
            state.idle.append(file)
            return others
        }
        _ = consume dropped
    }

    /// The day in UTC, as `2026-11-25`.
    static func day(of date: Date) -> String { String(Timestamps.iso8601(date).prefix(10)) }
}
