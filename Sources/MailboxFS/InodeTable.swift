import ObjectStore
import Synchronization

/// What an inode of the two stored views stands for.
struct StoredPlace: Hashable, Sendable {
    /// Which view shows it.
    enum Area: UInt8, Sendable {
        case mail, sealed
    }

    enum Kind: Hashable, Sendable {
        /// The directory of buckets.
        case top
        /// A bucket, or a common prefix in it.
        case level(bucket: String, KeyPrefix)
        case object(bucket: String, ObjectKey)
    }

    let area: Area
    let kind: Kind

    static let mail = StoredPlace(area: .mail, kind: .top)
    static let sealed = StoredPlace(area: .sealed, kind: .top)

    /// The number the place has unless another has it already.
    ///
    /// It follows from the name alone, so listings can show it without the table, and it is the same after a
    /// remount.
    var preferredNumber: InodeNumber {
        // FNV-1a, 64 bits. Source: RFC 9923. A collision costs nothing but a different number.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        mix([area.rawValue])
        switch kind {
        case .top: return area == .mail ? .mail : .sealed
        case .level(let bucket, let prefix):
            mix([1])
            mix(bucket.utf8)
            mix([0])
            mix(prefix.text.utf8)
        case .object(let bucket, let key):
            mix([2])
            mix(bucket.utf8)
            mix([0])
            mix(key.text.utf8)
        }
        return InodeNumber(rawValue: hash >> 2 | InodeNumber.hashedBit)
    }
}

/// The stored places the kernel knows, by inode number, each with the number of lookups it holds.
///
/// A place is in the table exactly as long as its lookup count is above zero; meanwhile it keeps its number.
/// The memory is what the kernel chooses to remember, and nothing else.
final class InodeTable: Sendable {
    private struct Record {
        let place: StoredPlace
        var lookups: UInt64
    }

    private struct State {
        var records: [InodeNumber: Record] = [:]
        /// Places that found their preferred number taken.
        var displaced: [StoredPlace: InodeNumber] = [:]
    }

    private let state = Mutex(State())
    private let preferred: @Sendable (StoredPlace) -> InodeNumber

    /// - Parameter preferred: The number a place would like; only a test of collisions passes another.
    init(preferring preferred: @escaping @Sendable (StoredPlace) -> InodeNumber = { $0.preferredNumber }) {
        self.preferred = preferred
    }

    /// Counts one more lookup of a place and answers its number.
    func addLookup(of place: StoredPlace) -> InodeNumber {
        if place.kind == .top { return place.preferredNumber }
        let preferred = preferred(place)
        return state.withLock { state in
            let number = Self.number(of: place, preferring: preferred, in: state)
            if state.records[number] == nil {
                state.records[number] = Record(place: place, lookups: 1)
                if number != preferred { state.displaced[place] = number }
            } else {
                state.records[number]?.lookups += 1
            }
            return number
        }
    }

    /// Takes back `count` lookups; an unknown number, or too many, is the kernel's affair.
    func forget(_ number: InodeNumber, count: UInt64) {
        state.withLock { state in
            guard let record = state.records[number] else { return }
            if record.lookups > count {
                state.records[number]?.lookups -= count
            } else {
                state.records[number] = nil
                state.displaced[record.place] = nil
            }
        }
    }

    /// The place of a number that was looked up.
    func place(_ number: InodeNumber) throws(MailboxError) -> StoredPlace {
        switch number {
        case .mail: return .mail
        case .sealed: return .sealed
        default: break
        }
        guard let place = state.withLock({ $0.records[number]?.place }) else {
            throw .noSuchEntry("inode \(number.rawValue)")
        }
        return place
    }

    /// The number a place has, or would get.
    func number(of place: StoredPlace) -> InodeNumber {
        let preferred = preferred(place)
        return state.withLock { Self.number(of: place, preferring: preferred, in: $0) }
    }

    /// How many places are known, and how many lookups of them.
    var counts: (places: Int, lookups: UInt64) {
        state.withLock { state in (state.records.count, state.records.values.reduce(0) { $0 + $1.lookups }) }
    }

    private static func number(
        of place: StoredPlace, preferring preferred: InodeNumber, in state: State
    ) -> InodeNumber {
        if let number = state.displaced[place] { return number }
        var number = preferred
        while let record = state.records[number], record.place != place {
            number = InodeNumber(
                rawValue: (number.rawValue &+ 1) & (InodeNumber.hashedBit - 1) | InodeNumber.hashedBit)
        }
        return number
    }
}
