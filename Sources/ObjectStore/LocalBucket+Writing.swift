internal import DurableFiles
internal import Synchronization
internal import SystemPackage

extension LocalBucket {
    /// Stores an object, replacing one of the same key atomically.
    ///
    /// - Throws: `.keyConflict` when the key would be a file and a directory at once; `.storage` with the
    ///   call that failed, after which nothing of the object is left.
    public func put(
        _ key: ObjectKey, body: UnsafeRawBufferPointer, metadata: ObjectMetadata
    ) throws(ObjectStoreError) -> ObjectInfo {
        try checkWritable()
        var attempts = 0
        while true {
            do throws(ObjectStoreError) {
                let info = try store(key, body, metadata)
                writer.count { $0.objectsStored += 1 }
                if metadata.hasWrappedKey, options.instructionFiles == .behind {
                    writer.enqueue(key, in: self)
                }
                return info
            } catch {
                // Whoever deletes the last object of a level removes its directory, perhaps just now.
                attempts += 1
                guard error.errno == .noSuchFileOrDirectory, attempts < 64 else { throw error }
            }
        }
    }

    private func store(
        _ key: ObjectKey, _ body: UnsafeRawBufferPointer, _ metadata: ObjectMetadata
    ) throws(ObjectStoreError) -> ObjectInfo {
        let place = try makePlace(for: key)
        do throws(ObjectStoreError) {
            return try store(key, body, metadata, in: place.directory)
        } catch {
            place.removeMadeDirectories()
            throw error
        }
    }

    private func store(
        _ key: ObjectKey, _ body: UnsafeRawBufferPointer, _ metadata: ObjectMetadata, in directory: Directory
    ) throws(ObjectStoreError) -> ObjectInfo {
        var object = try storing { () throws(DurableFileError) in
            try stage(body, metadata, in: directory)
        }
        let info = ObjectInfo(
            key: key, status: try storing { () throws(DurableFileError) in try object.file.file.status() })
        try publish(&object, as: key, metadata: metadata)
        return info
    }

    // MARK: Staging

    /// A body that is flushed under a temporary name, and how its metadata travels.
    struct StagedObject: ~Copyable {
        var file: StagedFile
        /// Whether the envelope can be found nowhere but in an instruction file.
        let reliesOnInstruction: Bool
    }

    private func stage(
        _ body: UnsafeRawBufferPointer, _ metadata: ObjectMetadata, in directory: Directory
    ) throws(DurableFileError) -> StagedObject {
        if keepsAttributes || metadata.isEmpty {
            do throws(DurableFileError) {
                return StagedObject(
                    file: try stage(body, attributes: metadata.entries, in: directory),
                    reliesOnInstruction: false)
            } catch {
                guard error.operation == FileCall.setAttribute.rawValue,
                    error.errno.meansAttributesDoNotFit
                else { throw error }
            }
        }
        return StagedObject(
            file: try stage(body, attributes: [:], in: directory), reliesOnInstruction: true)
    }

    /// Writes and flushes a temporary.
    ///
    /// ORDER: content, attributes, flush. The flush carries both; the name comes after it.
    private func stage(
        _ body: UnsafeRawBufferPointer, attributes: [String: String], in directory: Directory
    ) throws(DurableFileError) -> StagedFile {
        let staged = try StagedFile(in: directory, permissions: options.filePermissions)
        try staged.file.write(body)
        for (name, value) in attributes {
            try staged.file.setAttribute(
                FileAttribute(name: Self.attributePrefix + name, value: Array(value.utf8)))
        }
        try staged.file.synchronize()
        return staged
    }

    // MARK: Publishing

    private func publish(
        _ object: inout StagedObject, as key: ObjectKey, metadata: ObjectMetadata
    ) throws(ObjectStoreError) {
        let instruction = instructionToPublish(metadata, reliesOnInstruction: object.reliesOnInstruction)
        if instruction == nil, keepsAttributes {
            let isDone = try storing { () throws(DurableFileError) in try publishNew(&object.file, as: key) }
            if isDone { return }
        }
        let lock = try storing { () throws(DurableFileError) in try lockForWriting(key) }
        let name = key.lastComponent
        let directory = object.file.directory
        let (current, oldInstruction) = try storing { () throws(DurableFileError) in
            (try directory.status(of: name), try directory.status(of: name + InstructionFile.suffix))
        }
        if let current, current.kind == .directory {
            throw .keyConflict(key: key.text, existing: key.text + "/")
        }
        try storing { () throws(DurableFileError) in
            if instruction == nil, oldInstruction == nil {
                try object.file.publish(as: name)
            } else {
                let pair = PairReplacement(
                    key: key, directory: directory, instruction: instruction,
                    replacesInstruction: oldInstruction != nil, replacesObject: current != nil)
                try pair.publish(&object, in: self)
            }
        }
        lock.release()
    }

    /// What must be in the instruction file when the object becomes visible; nil when it need not be there.
    private func instructionToPublish(
        _ metadata: ObjectMetadata, reliesOnInstruction: Bool
    ) -> [UInt8]? {
        let isInline = options.instructionFiles == .inline && metadata.hasWrappedKey
        return reliesOnInstruction || isInline ? InstructionFile.contents(for: metadata) : nil
    }

    /// Publishes under a name nobody has, without a lock.
    ///
    /// - Returns: false, and nothing done, if there is an object or an instruction file of that name.
    private func publishNew(
        _ staged: inout StagedFile, as key: ObjectKey
    ) throws(DurableFileError) -> Bool {
        let name = key.lastComponent
        guard try staged.directory.status(of: name + InstructionFile.suffix) == nil else { return false }
        do throws(DurableFileError) {
            try staged.publish(as: name, .creating)
            return true
        } catch {
            // EINVAL and ENOSYS: the file system cannot rename without replacing.
            let isDecline =
                error.operation == FileCall.rename.rawValue
                && (error.errno == .fileExists || error.errno == .invalidArgument
                    || error.errno == .noFunction)
            guard isDecline else { throw error }
            return false
        }
    }

    // MARK: Directories

    /// The directory an object goes into, and the ones that were made for it.
    private struct Place {
        var directory: Directory
        var made: [(parent: Directory, name: String)] = []

        /// Takes back what a failed put made, as far as nobody uses it.
        func removeMadeDirectories() {
            for (parent, name) in made.reversed() { try? parent.removeSubdirectory(name) }
        }
    }

    private func makePlace(for key: ObjectKey) throws(ObjectStoreError) -> Place {
        var place = Place(directory: root)
        var level = KeyPrefix.root
        for segment in key.prefix.segments {
            level = KeyPrefix(unchecked: level.text + segment + "/")
            do throws(DurableFileError) {
                try enter(segment, level, &place)
            } catch {
                place.removeMadeDirectories()
                if error.errno == .notDirectory || error.errno == .tooManySymbolicLinkLevels {
                    throw .keyConflict(key: key.text, existing: String(level.text.dropLast()))
                }
                throw ObjectStoreError(error)
            }
        }
        return place
    }

    private func enter(
        _ segment: String, _ level: KeyPrefix, _ place: inout Place
    ) throws(DurableFileError) {
        let parent = place.directory
        let (directory, isNew) = try parent.makeSubdirectory(
            segment, permissions: options.directoryPermissions)
        if isNew { place.made.append((parent, segment)) }
        place.directory = directory
        // Somebody else made it, perhaps a moment ago and not yet flushed; then our object would be durable
        // in a directory that is not. Once per level and process is enough.
        if !isNew, !durableLevels.withLock({ $0.contains(level) }) { try parent.synchronize() }
        durableLevels.withLock { levels in
            if levels.count >= 4_096 { levels.removeAll() }
            levels.insert(level)
        }
    }

    // MARK: Deleting

    /// Removes an object and its instruction file, durably, and the directories that are empty then.
    ///
    /// ORDER: the object goes first. An instruction file without an object means nothing; an object without
    /// its instruction file may be lost.
    @discardableResult
    public func delete(_ key: ObjectKey) throws(ObjectStoreError) -> Bool {
        try checkWritable()
        let name = key.lastComponent
        let directory: Directory
        let status: FileStatus?
        do throws(DurableFileError) {
            directory = try findDirectory(key.prefix)
            status = try directory.status(of: name)
        } catch {
            if error.errno.meansNoSuchPath { return false }
            throw ObjectStoreError(error)
        }
        guard let status, status.kind == .regularFile else { return false }
        let isRemoved = try storing { () throws(DurableFileError) in
            let lock = try lockForWriting(key)
            let isRemoved = try Self.removeIfThere(name, in: directory)
            if try directory.status(of: name + InstructionFile.suffix) != nil {
                directory.removeTemporary(name + InstructionFile.suffix)
            }
            try directory.synchronize()
            lock.release()
            return isRemoved
        }
        removeEmptyDirectories(above: key)
        if isRemoved { writer.count { $0.objectsDeleted += 1 } }
        return isRemoved
    }

    private static func removeIfThere(_ name: String, in directory: Directory) throws(DurableFileError)
        -> Bool
    {
        do throws(DurableFileError) {
            try directory.remove(name)
            return true
        } catch {
            if error.errno == .noSuchFileOrDirectory { return false }
            throw error
        }
    }

    /// A level without objects is no level in S3; whatever stays because of a failure does no harm.
    private func removeEmptyDirectories(above key: ObjectKey) {
        var chain: [(parent: Directory, name: String)] = []
        var directory = root
        for segment in key.prefix.segments {
            guard let next = try? directory.openSubdirectory(segment) else { break }
            chain.append((directory, segment))
            directory = next
        }
        for (parent, name) in chain.reversed() {
            do throws(DurableFileError) { try parent.removeSubdirectory(name) } catch { return }
        }
    }
}
