internal import DurableFiles
internal import SystemPackage

/// An open object file.
struct LocalObject: OpenedObject {
    let info: ObjectInfo
    let metadata: ObjectMetadata
    private let handle: Handle

    /// Owns the descriptor, so that the object can be passed around.
    private final class Handle: Sendable {
        let file: OpenFile
        init(_ file: consuming OpenFile) { self.file = file }
    }

    init(info: ObjectInfo, metadata: ObjectMetadata, file: consuming OpenFile) {
        self.info = info
        self.metadata = metadata
        handle = Handle(file)
    }

    func read(byteCount: Int, at offset: Int) throws(ObjectStoreError) -> [UInt8] {
        // A length from outside must not make us allocate more than the file has.
        let rest = max(0, info.byteCount - max(0, offset))
        return try storing { () throws(DurableFileError) in
            try handle.file.read(byteCount: min(byteCount, rest), at: max(0, offset))
        }
    }
}

extension LocalBucket {
    func openLocal(_ key: ObjectKey) throws(ObjectStoreError) -> LocalObject {
        let directory = try reading(key) { () throws(DurableFileError) in try findDirectory(key.prefix) }
        let object = try openAlone(key, in: directory)
        guard InstructionFile.isConsulted(beside: object.metadata) else { return object }
        return try openPair(key, in: directory)
    }

    /// The file with what its own attributes say.
    private func openAlone(_ key: ObjectKey, in directory: Directory) throws(ObjectStoreError) -> LocalObject
    {
        let file = try reading(key) { () throws(DurableFileError) in
            try directory.open(key.lastComponent)
        }
        let (status, own) = try storing { () throws(DurableFileError) in
            (try file.status(), try Self.attributes(of: file))
        }
        guard status.kind == .regularFile else { throw .noSuchKey(key.text) }
        return LocalObject(info: ObjectInfo(key: key, status: status), metadata: own, file: file)
    }

    /// The file and its instruction file, as they belong together.
    private func openPair(_ key: ObjectKey, in directory: Directory) throws(ObjectStoreError) -> LocalObject {
        // Under the lock, and from the beginning: what was opened before it may have been replaced, and a
        // body with another one's envelope would be unreadable, or worse, ciphertext taken for a plain
        // message.
        let lock = try storing { () throws(DurableFileError) in try lockForReading(key) }
        let object = try openAlone(key, in: directory)
        let instruction =
            try InstructionFile.isConsulted(beside: object.metadata)
            ? readInstruction(key, in: directory) : nil
        lock.release()
        guard let instruction else { return object }
        return object.merging(try InstructionFile.entries(decoding: instruction, of: key.text))
    }

    /// The bytes of the instruction file, or nil when there is none.
    func readInstruction(_ key: ObjectKey, in directory: Directory) throws(ObjectStoreError) -> [UInt8]? {
        do throws(DurableFileError) {
            let file = try directory.open(key.lastComponent + InstructionFile.suffix)
            let status = try file.status()
            guard status.kind == .regularFile else { return nil }
            // An instruction file is a few hundred bytes; KMS bounds the largest entry at 8 KiB.
            guard status.byteCount <= Self.longestInstruction else {
                throw .failed(operation: "read", path: file.path, .fileTooLarge)
            }
            return try file.read(byteCount: status.byteCount)
        } catch {
            if error.errno.meansNoSuchPath { return nil }
            throw ObjectStoreError(error)
        }
    }

    /// More than any instruction file needs; a larger one is not read.
    static let longestInstruction = 262_144

    /// The entries among a file's `user.` attributes; what cannot be one belongs to somebody else.
    static func attributes(of file: borrowing OpenFile) throws(DurableFileError) -> ObjectMetadata {
        var entries: [String: String] = [:]
        for attributeName in try file.attributeNames() where attributeName.begins(with: attributePrefix) {
            // By bytes, because a combining mark would make one character with the full stop.
            let name = String(Substring(attributeName.utf8.dropFirst(attributePrefix.utf8.count)))
                .lowercased()
            guard ObjectMetadata.objection(toName: name) == nil,
                let bytes = try file.attribute(attributeName),
                let value = String(validating: bytes, as: UTF8.self),
                ObjectMetadata.objection(toValue: value) == nil
            else { continue }
            entries[name] = value
        }
        return ObjectMetadata(unchecked: entries)
    }

    static let attributePrefix = "user."
}

extension LocalObject {
    func merging(_ instruction: ObjectMetadata) -> LocalObject {
        LocalObject(
            info: info, metadata: InstructionFile.merging(metadata, instruction), handle: handle)
    }

    private init(info: ObjectInfo, metadata: ObjectMetadata, handle: Handle) {
        self.info = info
        self.metadata = metadata
        self.handle = handle
    }
}
