import Glibc

/// What the kernel says about this process's memory, and a search through all of it.
enum ProcessMemory {
    /// One line of `/proc/self/maps`.
    struct Mapping {
        let range: Range<UInt>
        let isReadable: Bool
        let isWritable: Bool
    }

    /// Whether a sanitizer is linked in: it makes `mlock` do nothing, and minds the reading of foreign memory.
    static var isSanitized: Bool {
        dlsym(nil, "__tsan_init") != nil || dlsym(nil, "__asan_init") != nil
    }

    static func mappings() -> [Mapping] {
        lines(of: "/proc/self/maps").compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 2)
            let ends = parts.first?.split(separator: "-").compactMap { UInt($0, radix: 16) } ?? []
            guard parts.count > 1, ends.count == 2 else { return nil }
            return Mapping(
                range: ends[0]..<ends[1], isReadable: parts[1].hasPrefix("r"),
                isWritable: parts[1].dropFirst().hasPrefix("w"))
        }
    }

    /// The flags of the mapping that holds `address`, as `VmFlags` in `/proc/self/smaps` lists them: `lo` is
    /// locked, `dd` is left out of core dumps.
    static func flags(at address: UInt) -> Set<Substring> {
        var isInside = false
        for line in lines(of: "/proc/self/smaps") {
            let ends = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
            if ends.count == 2 {
                isInside = (ends[0]..<ends[1]).contains(address)
            } else if isInside, line.hasPrefix("VmFlags:") {
                return Set(line.dropFirst("VmFlags:".count).split(separator: " "))
            }
        }
        return []
    }

    /// A number of `/proc/self/status`, in KiB.
    static func status(_ name: String) -> Int? {
        lines(of: "/proc/self/status").first { $0.hasPrefix(name + ":") }?
            .split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }
    }

    /// How often two words follow each other, aligned, in all writable memory.
    ///
    /// The words are given inverted, so that the question is no occurrence of the answer.
    static func occurrences(inverted first: UInt64, _ second: UInt64) -> Int {
        var count = 0
        for mapping in mappings() where mapping.isReadable && mapping.isWritable {
            guard let start = UnsafeRawPointer(bitPattern: mapping.range.lowerBound) else { continue }
            let words = start.assumingMemoryBound(to: UInt64.self)
            for index in 0..<(mapping.range.count / 8 - 1) where ~words[index] == first {
                if ~words[index + 1] == second { count += 1 }
            }
        }
        return count
    }

    private static func lines(of path: String) -> [Substring] {
        // Foundation stops at the first short read, which for these files is long before the end.
        let file = open(path, O_RDONLY)
        defer { close(file) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while case let count = read(file, &piece, piece.count), count > 0 { text += piece.prefix(count) }
        return String(decoding: text, as: UTF8.self).split(separator: "\n")
    }
}
