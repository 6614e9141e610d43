internal import DurableFiles
internal import StrictJSON
internal import SystemPackage

/// Publishes an object together with a change of its instruction file.
///
/// Two names cannot be changed at once, so the intent is written down first wherever something old could be
/// left half replaced: a record in the bucket's state directory names the flushed temporaries and where they
/// belong. A crash after that point is repaired forward when the bucket is next opened; a crash before it
/// never happened. While the process lives, a failing call is undone backward.
///
/// ORDER: temporaries, record, instruction file, object, each durable before the next; then the record goes.
/// Thus the instruction file is durable before the object it belongs to becomes visible, and a body still
/// under its temporary name says that the second half is to be done.
struct PairReplacement {
    let key: ObjectKey
    let directory: Directory
    /// What the instruction file shall say; nil to have none.
    let instruction: [UInt8]?
    let replacesInstruction: Bool
    let replacesObject: Bool

    private var name: String { key.lastComponent }
    private var instructionName: String { key.lastComponent + InstructionFile.suffix }

    /// Runs under the key's lock.
    func publish(
        _ object: inout LocalBucket.StagedObject, in bucket: LocalBucket
    ) throws(DurableFileError) {
        var staged = try stageInstruction(in: bucket)
        var record: Record?
        if replacesObject || replacesInstruction {
            record = Record(
                key: key.text, body: object.file.name, bodyStatus: try object.file.file.status(),
                instruction: staged?.name)
            // ORDER: what the record names must be there whenever the record is.
            try directory.synchronize()
            try record?.write(in: try bucket.makeStateDirectory())
        }
        do throws(DurableFileError) {
            let aside = try setAside()
            do throws(DurableFileError) {
                try staged?.rename(to: instructionName)
                // Where the object carries its envelope itself and nothing old is at stake, the order of the
                // two does not matter and one flush makes both durable.
                if object.reliesOnInstruction || record != nil { try directory.synchronize() }
                try object.file.publish(as: name)
            } catch {
                putBack(aside)
                throw error
            }
            if let aside { directory.removeTemporary(aside) }
        } catch {
            record?.discard(in: bucket)
            throw error
        }
        record?.discard(in: bucket)
    }

    private func stageInstruction(in bucket: LocalBucket) throws(DurableFileError) -> StagedFile? {
        guard let instruction else { return nil }
        let staged = try StagedFile(in: directory, permissions: bucket.options.filePermissions)
        var failure: DurableFileError?
        instruction.withUnsafeBytes { bytes in
            do throws(DurableFileError) { try staged.file.write(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
        try staged.file.synchronize()
        return staged
    }

    /// Renames the old instruction file out of the way.
    ///
    /// - Returns: Its temporary name; nil when there was none.
    private func setAside() throws(DurableFileError) -> String? {
        guard replacesInstruction else { return nil }
        let aside = StagedFile.makeName(suffix: ".old")
        try directory.rename(instructionName, to: aside)
        return aside
    }

    private func putBack(_ aside: String?) {
        if let aside {
            do throws(DurableFileError) {
                try directory.rename(aside, to: instructionName)
            } catch {
                try? directory.rename(aside, to: instructionName)
            }
        } else if instruction != nil {
            directory.removeTemporary(instructionName)
        }
        try? directory.synchronize()
    }
}

extension PairReplacement {
    /// What is written down before a pair is changed.
    struct Record {
        let key: String
        let body: String
        let byteCount: Int
        let modifiedSeconds: Int64
        let modifiedNanoseconds: Int64
        /// The temporary name of the new instruction file; nil when there shall be none.
        let instruction: String?

        static let suffix = ".replace"

        init(key: String, body: String, bodyStatus: FileStatus, instruction: String?) {
            self.key = key
            self.body = body
            byteCount = bodyStatus.byteCount
            modifiedSeconds = bodyStatus.modifiedSeconds
            modifiedNanoseconds = bodyStatus.modifiedNanoseconds
            self.instruction = instruction
        }

        /// The body's temporary name is the record's name too: nobody else has it.
        private var fileName: String { body.dropFirst(StagedFile.prefix.count) + Self.suffix }

        func write(in directory: Directory) throws(DurableFileError) {
            let object: JSONValue = [
                "key": .string(key), "body": .string(body), "bytes": JSONValue(byteCount),
                "seconds": .number(String(modifiedSeconds)),
                "nanoseconds": .number(String(modifiedNanoseconds)), "instruction": JSONValue(instruction),
            ]
            try AtomicFile.write(Array(object.text().utf8), to: fileName, in: directory)
        }

        /// Not flushed: a record that comes back after a crash names a body that is no longer under its
        /// temporary name, or not the same, and is dropped.
        func discard(in bucket: LocalBucket) {
            guard let directory = try? bucket.makeStateDirectory() else { return }
            directory.removeTemporary(fileName)
        }

        /// nil for anything that is not a record.
        init?(parsing bytes: [UInt8]) {
            guard let value = try? JSONValue(parsing: bytes), let key = value["key"]?.string,
                let body = value["body"]?.string, body.utf8.starts(with: StagedFile.prefix.utf8),
                let byteCount = value["bytes"]?.int, let seconds = value["seconds"]?.int,
                let nanoseconds = value["nanoseconds"]?.int
            else { return nil }
            self.key = key
            self.body = body
            self.byteCount = byteCount
            modifiedSeconds = Int64(seconds)
            modifiedNanoseconds = Int64(nanoseconds)
            instruction = value["instruction"]?.string
        }

        func isBody(_ status: FileStatus) -> Bool {
            status.byteCount == byteCount && status.modifiedSeconds == modifiedSeconds
                && status.modifiedNanoseconds == modifiedNanoseconds
        }
    }
}
