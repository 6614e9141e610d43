import DurableFiles
import StrictJSON

/// Reads a growing file line by line from some offset on, as far as whole lines go.
struct ForwardLines: ~Copyable {
    private let file: OpenFile
    private let chunkByteCount: Int
    /// Where the next unread line begins.
    private(set) var offset: Int

    /// Opens a file to be read from `offset`, which is the beginning of a line.
    init(_ name: String, in directory: Directory, from offset: Int, chunkByteCount: Int = 1 << 18)
        throws(DurableFileError)
    {
        file = try directory.open(name)
        self.offset = offset
        self.chunkByteCount = chunkByteCount
    }

    /// The lines that the next chunk completes; empty when there is no further whole line.
    ///
    /// A line longer than a chunk is read with a larger one. What follows the last line feed is left for
    /// later: its writer has not finished, or never will.
    mutating func next(upTo limit: Int = .max) throws(DurableFileError) -> [ArraySlice<UInt8>] {
        var byteCount = chunkByteCount
        while true {
            let wanted = min(byteCount, limit - offset)
            guard wanted > 0 else { return [] }
            let bytes = try file.read(byteCount: wanted, at: offset)
            if let lineFeed = bytes.lastIndex(of: 0x0A) {
                offset += lineFeed + 1
                return bytes[...lineFeed].split(separator: 0x0A)
            }
            guard bytes.count == wanted, wanted == byteCount else { return [] }
            byteCount *= 2
        }
    }
}

/// Reads a file line by line from its end to its beginning.
struct BackwardLines: ~Copyable {
    private let file: OpenFile
    private let chunkByteCount: Int
    private var start: Int
    /// Bytes read already whose line begins further up.
    private var rest: [UInt8] = []
    private var lines: [ArraySlice<UInt8>] = []
    private var isAtEnd = true

    init(_ name: String, in directory: Directory, chunkByteCount: Int = 1 << 18) throws(DurableFileError) {
        let opened = try directory.open(name)
        start = try opened.status().byteCount
        file = opened
        self.chunkByteCount = chunkByteCount
    }

    /// The line before the one returned last; `nil` at the beginning of the file.
    mutating func next() throws(DurableFileError) -> ArraySlice<UInt8>? {
        if isAtEnd { try dropUnfinishedLine() }
        while true {
            if let line = lines.popLast() { return line }
            guard start > 0 else {
                guard !rest.isEmpty else { return nil }
                defer { rest = [] }
                return rest[...]
            }
            try readOn()
        }
    }

    /// What follows the last line feed is no line yet.
    private mutating func dropUnfinishedLine() throws(DurableFileError) {
        isAtEnd = false
        while start > 0 {
            let bytes = try readChunk()
            if let lineFeed = bytes.lastIndex(of: 0x0A) {
                take(bytes[..<lineFeed])
                return
            }
        }
    }

    /// Reads one chunk more towards the beginning.
    private mutating func readOn() throws(DurableFileError) {
        let bytes = try readChunk()
        guard bytes.contains(0x0A) else {
            rest = bytes + rest
            return
        }
        take((bytes + rest)[...])
    }

    private mutating func readChunk() throws(DurableFileError) -> [UInt8] {
        let count = min(start, chunkByteCount)
        start -= count
        return try file.read(byteCount: count, at: start)
    }

    /// Keeps the whole lines of `bytes` and, as rest, what stands before the first line feed.
    private mutating func take(_ bytes: ArraySlice<UInt8>) {
        guard let lineFeed = bytes.firstIndex(of: 0x0A) else {
            rest = Array(bytes)
            return
        }
        rest = Array(bytes[..<lineFeed])
        lines = bytes[(lineFeed + 1)...].split(separator: 0x0A)
    }
}

extension Directory {
    /// The days that have a file, ascending.
    func days() throws(DurableFileError) -> [String] {
        var reader = try DirectoryReader(self)
        var days: [String] = []
        while let entry = try reader.next() {
            guard entry.name.hasSuffix(".jsonl") else { continue }
            let day = String(entry.name.dropLast(".jsonl".count))
            if Self.isDay(day) { days.append(day) }
        }
        return days.sorted()
    }

    /// Whether `text` looks like `2026-11-25`.
    private static func isDay(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 10 else { return false }
        return bytes.indices.allSatisfy { index in
            index == 4 || index == 7
                ? bytes[index] == UInt8(ascii: "-") : (0x30...0x39).contains(bytes[index])
        }
    }
}
