internal import DurableFiles
internal import SystemPackage

/// One walk through a bucket that mends what a crash or a foreign tool left: temporaries nobody writes any
/// more are removed, and sealed objects without an instruction file get one.
///
/// It runs in the background, lets due instruction files pass first, and needs memory for one block of names
/// per level.
struct BucketSweep {
    let bucket: LocalBucket
    let writer: InstructionWriter

    /// - Returns: Whether it came to the end; failures on single files are counted, not fatal.
    func run() -> Bool {
        sweep(bucket.root, KeyPrefix.root)
    }

    private func sweep(_ directory: Directory, _ prefix: KeyPrefix) -> Bool {
        do throws(DurableFileError) {
            var reader = try DirectoryReader(directory)
            var seen = 0
            while let entry = try reader.next() {
                seen += 1
                if seen.isMultiple(of: 64), !writer.writeDue() { return false }
                guard let kind = try directory.kind(of: entry) else { continue }
                switch kind {
                case .directory:
                    guard let level = try? prefix.appending(entry.name) else { continue }
                    guard let below = try? directory.openSubdirectory(entry.name) else { continue }
                    if !sweep(below, level) { return false }
                case .regularFile:
                    look(at: entry.name, in: directory, prefix)
                case .symbolicLink, .other:
                    continue
                }
            }
            return writer.writeDue()
        } catch {
            note(error)
            return false
        }
    }

    private func look(at name: String, in directory: Directory, _ prefix: KeyPrefix) {
        if Self.numbers(in: name) != nil { return removeIfAbandoned(name, in: directory) }
        guard bucket.options.instructionFiles != .onlyIfNeeded, bucket.keepsAttributes,
            let key = try? prefix.key(name)
        else { return }
        do throws(DurableFileError) {
            // An empty one is what a power cut may leave of a file that was written behind.
            let instruction = try directory.status(of: name + InstructionFile.suffix)
            if let instruction, instruction.byteCount > 0 { return }
        } catch {
            return note(error)
        }
        do throws(ObjectStoreError) {
            if try bucket.writeInstruction(for: key) { writer.count { $0.instructionsWritten += 1 } }
        } catch {
            note(error)
        }
    }

    /// The process and the number in a name that `StagedFile` made: `.tmp-`, a process number, `-`, a number,
    /// perhaps a suffix; nil for any other name.
    static func numbers(in name: String) -> (process: Int, file: Int)? {
        guard name.utf8.starts(with: StagedFile.prefix.utf8) else { return nil }
        let parts = name.utf8.dropFirst(StagedFile.prefix.utf8.count).prefix { $0 != UInt8(ascii: ".") }
            .split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 2, let process = Int(Substring(parts[0])), let file = Int(Substring(parts[1]))
        else { return nil }
        return (process, file)
    }

    /// Removes a temporary unless somebody may still be writing it.
    ///
    /// Ages are compared with the moment the bucket was opened, on the file system's own clock, by the time
    /// of change, which a second name or a new one renews. If we were alone in the bucket then, everything
    /// older is a dead process's; in company, what is ten minutes older. Should that be wrong, the put whose
    /// temporary it was makes another.
    private func removeIfAbandoned(_ name: String, in directory: Directory) {
        guard let opening = bucket.opening, let status = try? directory.status(of: name) else { return }
        let grace: Int64 = bucket.isAlone ? 0 : 600
        let changed = (status.changedSeconds + grace, status.changedNanoseconds)
        let opened = (opening.status.changedSeconds, opening.status.changedNanoseconds)
        // That clock moves in steps of some milliseconds: in the same step, what we made ourselves since is
        // ours.
        guard changed < opened || (changed == opened && !isYounger(name, than: opening.name)) else { return }
        directory.removeTemporary(name)
        writer.count { $0.temporariesRemoved += 1 }
    }

    private func isYounger(_ name: String, than opening: String) -> Bool {
        guard let one = Self.numbers(in: name), let other = Self.numbers(in: opening) else { return true }
        return one.process == other.process && one.file > other.file
    }

    private func note(_ error: DurableFileError) {
        note(ObjectStoreError(error))
    }

    private func note(_ error: ObjectStoreError) {
        writer.count { statistics in
            statistics.instructionFailures += 1
            statistics.lastInstructionFailure = error.description
        }
    }
}
