internal import DurableFiles
internal import SystemPackage

extension LocalBucket {
    /// Finishes the replacements a crash interrupted.
    ///
    /// Runs before the bucket is used. Where nothing can be written nothing is mended.
    static func recoverReplacements(
        _ root: Directory, _ options: LocalStore.Options
    ) throws(DurableFileError) {
        do throws(DurableFileError) {
            let state = try root.openSubdirectory(stateDirectoryName)
            for name in try recordNames(in: state) {
                try ReplacementRecovery(root: root, state: state, options: options).recover(name)
            }
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory, .readOnlyFileSystem, .permissionDenied: return
            default: throw error
            }
        }
    }

    private static func recordNames(in state: Directory) throws(DurableFileError) -> [String] {
        var names: [String] = []
        var reader = try DirectoryReader(state)
        while let entry = try reader.next() {
            if entry.name.hasSuffix(PairReplacement.Record.suffix) { names.append(entry.name) }
        }
        return names
    }

    /// The directory of a level, without following links.
    static func findDirectory(_ prefix: KeyPrefix, below root: Directory) throws(DurableFileError)
        -> Directory
    {
        var directory = root
        for segment in prefix.segments { directory = try directory.openSubdirectory(segment) }
        return directory
    }
}

private struct ReplacementRecovery {
    let root: Directory
    let state: Directory
    let options: LocalStore.Options

    func recover(_ recordName: String) throws(DurableFileError) {
        guard let bytes = try readWhole(recordName), let record = PairReplacement.Record(parsing: bytes),
            let key = try? ObjectKey(record.key)
        else { return state.removeTemporary(recordName) }
        // A living process that is in the middle of it holds this lock, and removes the record before it
        // lets go.
        let lock = try KeyLock(waitingFor: key, in: state, permissions: options.filePermissions)
        if try state.status(of: recordName) != nil {
            try finish(record, of: key)
            state.removeTemporary(recordName)
        }
        lock.release()
    }

    private func finish(_ record: PairReplacement.Record, of key: ObjectKey) throws(DurableFileError) {
        let directory: Directory
        do throws(DurableFileError) {
            directory = try LocalBucket.findDirectory(key.prefix, below: root)
        } catch {
            if error.errno.meansNoSuchPath { return }
            throw error
        }
        guard let body = try directory.status(of: record.body), record.isBody(body) else { return }
        let instructionName = key.lastComponent + InstructionFile.suffix
        if let instruction = record.instruction {
            if try directory.status(of: instruction) != nil {
                try directory.rename(instruction, to: instructionName)
            }
        } else if try directory.status(of: instructionName) != nil {
            try directory.remove(instructionName)
        }
        try directory.synchronize()
        try directory.rename(record.body, to: key.lastComponent)
        try directory.synchronize()
    }

    private func readWhole(_ name: String) throws(DurableFileError) -> [UInt8]? {
        guard try state.status(of: name) != nil else { return nil }
        let file = try state.open(name)
        return try file.read(byteCount: min(try file.status().byteCount, LocalBucket.longestInstruction))
    }
}
