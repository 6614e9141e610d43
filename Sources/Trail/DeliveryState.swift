import DurableFiles
import StrictJSON
import SystemPackage

/// How far the trail has been delivered, and which file is being delivered just now.
///
/// INVARIANT: the state that names a file as pending is durable before that file becomes visible. A delivery
/// that was cut short is then repeated under the same name with the same records, so no record is delivered
/// twice or lost.
struct DeliveryState: Equatable {
    /// A file on its way: its path below the destination, and the offsets once it is there.
    struct Pending: Equatable {
        var path: String
        var offsets: [String: Int]
    }

    static let fileName = "delivered.json"

    /// Per destination and day, the offset of the first record not delivered.
    var offsets: [String: [String: Int]] = [:]
    /// Per destination, the file that was announced and perhaps not finished.
    var pending: [String: Pending] = [:]

    /// The state on disk; an empty one where there is none.
    ///
    /// - Throws: `.damagedDeliveryState` for a file that cannot be understood: guessing would deliver twice.
    static func load(from directory: Directory) throws(TrailError) -> DeliveryState {
        let bytes: [UInt8]
        do throws(DurableFileError) {
            let file = try directory.open(fileName)
            bytes = try file.read(byteCount: try file.status().byteCount)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw .storage(error) }
            return DeliveryState()
        }
        guard let value = try? JSONValue(parsing: bytes), let state = DeliveryState(value) else {
            throw .damagedDeliveryState(path: directory.path(of: fileName))
        }
        return state
    }

    /// Replaces the state on disk, durably.
    func save(to directory: Directory) throws(TrailError) {
        try storing { () throws(DurableFileError) in
            try AtomicFile.write(
                Array(json.text(pretty: true, sorted: true).utf8), to: Self.fileName, in: directory)
        }
    }

    private var json: JSONValue {
        var destinations = JSONObject()
        for name in Set(offsets.keys).union(pending.keys) {
            var destination: JSONObject = ["offsets": Self.json(offsets[name] ?? [:])]
            if let file = pending[name] {
                destination["pending"] = ["path": .string(file.path), "offsets": Self.json(file.offsets)]
            }
            destinations[name] = .object(destination)
        }
        return ["format": 1, "destinations": .object(destinations)]
    }

    private static func json(_ offsets: [String: Int]) -> JSONValue {
        .object(JSONObject(offsets.map { ($0.key, JSONValue($0.value)) }))
    }
}

extension DeliveryState {
    /// Reads format 1, the only one so far.
    private init?(_ value: JSONValue) {
        guard value["format"]?.int == 1, let destinations = value["destinations"]?.object else { return nil }
        for (name, destination) in destinations.members {
            guard let read = Self.offsets(destination["offsets"]) else { return nil }
            offsets[name] = read
            guard let file = destination["pending"] else { continue }
            guard let path = file["path"]?.string, let reached = Self.offsets(file["offsets"]) else {
                return nil
            }
            pending[name] = Pending(path: path, offsets: reached)
        }
    }

    private static func offsets(_ value: JSONValue?) -> [String: Int]? {
        guard let object = value?.object else { return nil }
        var offsets: [String: Int] = [:]
        for (day, number) in object.members {
            guard let offset = number.int, offset >= 0 else { return nil }
            offsets[day] = offset
        }
        return offsets
    }
}
