/// The names of one directory of the inbox, in the order they came.
///
/// Each name has a serial number, which is also the offset of a listing: a name that goes or comes between
/// two reads moves no other, so nothing is listed twice or left out.
struct InboxListing {
    /// By the bytes of the name.
    private var serials: [[UInt8]: UInt64] = [:]
    private var entries: [(serial: UInt64, name: String, number: InodeNumber)] = []
    private var lastSerial: UInt64 = 0

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    subscript(name: String) -> InodeNumber? {
        serials[Array(name.utf8)].flatMap { index(of: $0) }.map { entries[$0].number }
    }

    mutating func insert(_ name: String, _ number: InodeNumber) {
        lastSerial += 1
        serials[Array(name.utf8)] = lastSerial
        entries.append((lastSerial, name, number))
    }

    @discardableResult
    mutating func remove(_ name: String) -> InodeNumber? {
        guard let serial = serials.removeValue(forKey: Array(name.utf8)), let index = index(of: serial) else {
            return nil
        }
        return entries.remove(at: index).number
    }

    /// The first entry whose serial number is greater than `serial`.
    func entry(after serial: UInt64) -> (serial: UInt64, name: String, number: InodeNumber)? {
        let index = lowerBound(serial == .max ? .max : serial + 1)
        return index < entries.count ? entries[index] : nil
    }

    private func index(of serial: UInt64) -> Int? {
        let index = lowerBound(serial)
        return index < entries.count && entries[index].serial == serial ? index : nil
    }

    /// Entries are in ascending order of serial number, so this is a binary search.
    private func lowerBound(_ serial: UInt64) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = low + (high - low) / 2
            if entries[middle].serial < serial { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
