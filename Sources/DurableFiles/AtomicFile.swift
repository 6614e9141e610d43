internal import SystemPackage

/// Writes whole files that are there completely or not at all.
public enum AtomicFile {
    /// What happens when the name is taken.
    public enum Mode: Sendable, Hashable {
        /// The new file takes the place of the old one, atomically.
        case replacing
        /// The write fails with `.fileExists` and the old file stays as it was.
        case creating
    }

    /// Writes `contents` to `name`; when this returns, the file survives a power cut.
    ///
    /// The order is temporary, content, attributes, flush, rename, flush of the directory. If any step fails
    /// nothing remains: no temporary, no new file, and an older file of that name is what it was.
    ///
    /// - Parameters:
    ///   - permissions: Before the process's umask.
    /// - Throws: The first call that failed, with its error number unchanged.
    public static func write(
        _ contents: UnsafeRawBufferPointer, to name: String, in directory: Directory,
        attributes: [FileAttribute] = [], permissions: UInt32 = 0o600, _ mode: Mode = .replacing
    ) throws(DurableFileError) {
        var staged = try StagedFile(in: directory, permissions: permissions)
        try staged.file.write(contents)
        for attribute in attributes { try staged.file.setAttribute(attribute) }
        try staged.file.synchronize()
        try staged.publish(as: name, mode)
    }

    /// Writes `contents` to `name`; see the other form.
    public static func write(
        _ contents: [UInt8], to name: String, in directory: Directory,
        attributes: [FileAttribute] = [], permissions: UInt32 = 0o600, _ mode: Mode = .replacing
    ) throws(DurableFileError) {
        var failure: DurableFileError?
        contents.withUnsafeBytes { bytes in
            do throws(DurableFileError) {
                try write(
                    bytes, to: name, in: directory, attributes: attributes, permissions: permissions, mode)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

extension StagedFile {
    /// Gives the flushed temporary its name and makes the name durable, or undoes both.
    ///
    /// ORDER: the content must have been flushed before (`file.synchronize()`); a name must never become
    /// durable ahead of what it names.
    ///
    /// - Throws: What failed. The directory then looks as it did before.
    public mutating func publish(
        as newName: String, _ mode: AtomicFile.Mode = .replacing
    ) throws(DurableFileError) {
        let published = try file.status()
        switch mode {
        case .creating:
            try rename(to: newName, .refusing)
            try synchronizeNames(of: published, as: newName, backup: nil)
        case .replacing:
            let backup = try directory.makeBackup(of: newName)
            do throws(DurableFileError) {
                try rename(to: newName)
            } catch {
                if let backup { directory.removeTemporary(backup) }
                throw error
            }
            try synchronizeNames(of: published, as: newName, backup: backup)
            if let backup { directory.removeTemporary(backup) }
        }
    }

    /// Flushes the directory; when that fails, puts back what was there before, as well as possible.
    private func synchronizeNames(
        of published: FileStatus, as newName: String, backup: String?
    ) throws(DurableFileError) {
        do throws(DurableFileError) {
            try directory.synchronize()
        } catch {
            if let backup {
                try? directory.rename(backup, to: newName)
            } else if (try? directory.status(of: newName))??.isSameFile(as: published) == true {
                try? directory.remove(newName)
            }
            try? directory.synchronize()
            throw error
        }
    }
}

extension Directory {
    /// Gives the file `name` a second, temporary name, so that replacing it can be undone.
    ///
    /// - Returns: The temporary name; nil when there is no such file, or the file system knows no links.
    public func makeBackup(of name: String) throws(DurableFileError) -> String? {
        while true {
            let backup = StagedFile.makeName(suffix: ".old")
            do throws(DurableFileError) {
                try link(name, to: backup)
                return backup
            } catch {
                if error.errno == .fileExists { continue }
                if error.errno == .noSuchFileOrDirectory || error.errno.meansNoLinks { return nil }
                throw error
            }
        }
    }
}

extension Errno {
    /// Whether a file system answers this to say that a file cannot have a second name.
    var meansNoLinks: Bool {
        self == .notPermitted || self == .notSupported || self == .notSupportedOnSocket
            || self == .noFunction || self == .tooManyLinks
    }
}
