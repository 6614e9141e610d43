internal import DurableFiles
internal import Synchronization
internal import SystemPackage

extension LocalBucket {
    /// Writes the instruction file of an object from the object's own attributes.
    ///
    /// Not flushed, because the object does not depend on it and a missing one is made up at the next start.
    /// Its content is written out before it gets its name, so that a power cut leaves it whole or not at all.
    ///
    /// - Returns: false when there was nothing to do: the object is gone, is not sealed, or has that file.
    func writeInstruction(for key: ObjectKey) throws(ObjectStoreError) -> Bool {
        do throws(DurableFileError) {
            let directory = try findDirectory(key.prefix)
            let lock = try lockForWriting(key)
            let isWritten = try writeInstruction(for: key.lastComponent, in: directory)
            lock.release()
            return isWritten
        } catch {
            // The object, or its whole level, was deleted meanwhile.
            if error.errno.meansNoSuchPath { return false }
            throw ObjectStoreError(error)
        }
    }

    /// INVARIANT: runs under the key's lock, as does everything that replaces or deletes an object that is
    /// there; so the file that is written belongs to the object that is there when it appears.
    private func writeInstruction(
        for name: String, in directory: Directory
    ) throws(DurableFileError) -> Bool {
        let metadata = try Self.ownMetadata(of: name, in: directory)
        guard metadata.hasWrappedKey else { return false }
        let contents = InstructionFile.contents(for: metadata)
        let instructionName = name + InstructionFile.suffix
        if let old = try directory.status(of: instructionName), old.byteCount == contents.count {
            let file = try directory.open(instructionName)
            if try file.read(byteCount: contents.count) == contents { return false }
        }
        var staged = try StagedFile(in: directory, permissions: options.filePermissions)
        var failure: DurableFileError?
        contents.withUnsafeBytes { bytes in
            do throws(DurableFileError) { try staged.file.write(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
        try Self.writeOut(staged.file)
        try staged.rename(to: instructionName)
        return true
    }

    private static func ownMetadata(
        of name: String, in directory: Directory
    ) throws(DurableFileError) -> ObjectMetadata {
        let file = try directory.open(name)
        guard try file.status().kind == .regularFile else { return .none }
        return try attributes(of: file)
    }

    /// Orders the content before the name; with a flush where the file system knows no other way.
    private static func writeOut(_ file: borrowing OpenFile) throws(DurableFileError) {
        do throws(DurableFileError) {
            try file.writeBack()
        } catch {
            guard
                error.errno == .noFunction || error.errno == .invalidArgument || error.errno.meansNoAttributes
            else { throw error }
            try file.synchronize()
        }
    }

    /// Removes what this module itself keeps in an otherwise empty bucket.
    func removeOwnFiles() {
        for (directory, isState) in [
            (try? root.openSubdirectory(Self.stateDirectoryName), true), (root, false),
        ] {
            guard let directory, var reader = try? DirectoryReader(directory) else { continue }
            while let entry = try? reader.next() {
                if isState || BucketSweep.numbers(in: entry.name) != nil {
                    directory.removeTemporary(entry.name)
                }
            }
        }
        stateDirectory.withLock { $0 = nil }
        try? root.removeSubdirectory(Self.stateDirectoryName)
    }
}
