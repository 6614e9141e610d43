/// The inbox as a few dictionaries: the rules once more, written without locks, inodes or memory.
///
/// Every operation answers whether it succeeds. Programs are numbers; a killed one never comes back.
final class InboxModel {
    final class File {
        var bytes: [UInt8] = []
        var shownByteCount = 0
        var names: Set<String> = []
        var receiptNames: Set<String> = []
        var receiptHolder: Int?
        var isDirty = false
        var isRefused = false
        var areContentsGone = false
        var message: Int?
        var writers: Set<Int> = []
        var handles = 0
        var wasVisiblyRemoved = false
        var isReceivedAt = false
    }

    final class Handle {
        let file: File
        let opener: Int
        var position = 0
        var hasWritten = false

        init(file: File, opener: Int) {
            self.file = file
            self.opener = opener
        }
    }

    private(set) var files: [File] = []
    private(set) var handles: [Int: [Int: Handle]] = [:]
    private(set) var stored: [Int: [UInt8]] = [:]
    private var nextMessage = 0
    private var nextHandle = 0

    /// Bytes in the spool.
    var spoolByteCount: Int {
        files.filter { $0.handles > 0 || isReachable($0) }.reduce(0) { $0 + $1.bytes.count }
    }

    private func isReachable(_ file: File) -> Bool { !file.names.isEmpty || !file.receiptNames.isEmpty }

    static func isStaging(_ path: String) -> Bool {
        let parts = path.split(separator: "/").dropFirst()
        return parts.contains { $0.hasPrefix(".") } || parts.dropLast().contains("tmp")
    }

    func resolve(_ path: String, by program: Int) -> File? {
        files.last { $0.receiptHolder == program && $0.receiptNames.contains(path) } ?? plain(path)
    }

    func plain(_ path: String) -> File? { files.first { $0.names.contains(path) } }

    // MARK: Handles

    func open(_ path: String, truncating: Bool, by program: Int) -> Int {
        let file: File
        if let existing = resolve(path, by: program) {
            file = existing
            if truncating { restart(file) }
        } else {
            file = File()
            file.names = [path]
            files.append(file)
        }
        file.handles += 1
        nextHandle += 1
        handles[program, default: [:]][nextHandle] = Handle(file: file, opener: program)
        return nextHandle
    }

    private func restart(_ file: File) {
        discard(file)
        file.areContentsGone = false
        file.message = nil
    }

    private func discard(_ file: File) {
        file.bytes = []
        file.shownByteCount = 0
        file.isDirty = false
        file.writers = []
    }

    func write(_ bytes: [UInt8], to number: Int, by program: Int) -> Bool {
        guard let handle = handles[program]?[number] else { return false }
        let file = handle.file
        handle.hasWritten = true
        guard !file.isRefused else { return false }
        if file.areContentsGone { restart(file) }
        let end = handle.position + bytes.count
        if file.bytes.count < end { file.bytes += [UInt8](repeating: 0, count: end - file.bytes.count) }
        file.bytes.replaceSubrange(handle.position..<end, with: bytes)
        handle.position = end
        file.shownByteCount = file.bytes.count
        file.isDirty = true
        file.writers.insert(program)
        return true
    }

    func close(_ number: Int, by program: Int) -> Bool {
        guard let handle = handles[program]?.removeValue(forKey: number) else { return false }
        let isAccepted = flush(handle, by: program)
        release(handle)
        return isAccepted
    }

    func kill(_ program: Int) {
        for number in (handles[program] ?? [:]).keys.sorted() {
            guard let handle = handles[program]?.removeValue(forKey: number) else { continue }
            if handle.hasWritten, !handle.file.isRefused, handle.file.isDirty { refuse(handle.file) }
            release(handle)
        }
    }

    private func flush(_ handle: Handle, by program: Int) -> Bool {
        let file = handle.file
        guard handle.hasWritten else { return true }
        guard !file.isRefused else { return false }
        guard file.isDirty else { return true }
        guard isVisible(file) else {
            if file.names.isEmpty, file.wasVisiblyRemoved {
                refuse(file)
                return false
            }
            file.writers.remove(program)
            return true
        }
        let others = file.writers.union([handle.opener]).subtracting([program])
        if others.contains(where: { handles[$0]?.values.contains { $0.file === file } == true }) {
            guard Self.isMail(file.bytes) else { return false }
            file.writers.remove(program)
            return true
        }
        guard receive(file, newName: nil, by: program) else { return false }
        handle.hasWritten = false
        return true
    }

    private func release(_ handle: Handle) {
        let file = handle.file
        file.handles -= 1
        if file.handles == 0 {
            forgetReceived(file)
            if file.isDirty, !file.isRefused, isVisible(file) { _ = receive(file, newName: nil, by: 0) }
        }
    }

    private func forgetReceived(_ file: File) {
        guard file.message != nil, !file.isDirty, !file.isRefused, file.handles == 0 else { return }
        file.bytes = []
        file.areContentsGone = true
    }

    // MARK: Verdicts

    static func isMail(_ bytes: [UInt8]) -> Bool { bytes.starts(with: "From: ".utf8) }

    private func isVisible(_ file: File) -> Bool {
        file.names.contains { !Self.isStaging($0) } || file.isReceivedAt
    }

    private func refuse(_ file: File) {
        discard(file)
        file.isRefused = true
        if let message = file.message { stored[message] = nil }
        file.message = nil
        if file.names.contains(where: { !Self.isStaging($0) }) { file.wasVisiblyRemoved = true }
        file.names = []
        file.receiptNames = []
    }

    private func receive(_ file: File, newName: String?, by program: Int) -> Bool {
        guard Self.isMail(file.bytes) else {
            if newName == nil { refuse(file) }
            return false
        }
        if file.message == nil {
            nextMessage += 1
            file.message = nextMessage
        }
        stored[file.message ?? 0] = file.bytes
        if let newName { remove(newName) }
        file.receiptNames.formUnion(file.names)
        file.receiptHolder = program
        for name in file.receiptNames { addReceipt(name, to: file) }
        if let newName { addReceipt(newName, to: file) }
        file.names = []
        file.isReceivedAt = true
        file.isDirty = false
        file.writers = []
        forgetReceived(file)
        return true
    }

    // MARK: Names

    private func remove(_ name: String) {
        guard let file = plain(name) else { return }
        file.names.remove(name)
        if file.names.isEmpty, !Self.isStaging(name) { file.wasVisiblyRemoved = true }
    }

    func unlink(_ path: String, by program: Int) -> Bool {
        guard let file = resolve(path, by: program) else { return false }
        if file.names.contains(path) { remove(path) } else { file.receiptNames.remove(path) }
        return true
    }

    func rename(_ path: String, to newPath: String, by program: Int) -> Bool {
        guard let file = resolve(path, by: program) else { return false }
        if resolve(newPath, by: program) === file { return true }
        guard file.names.contains(path) else {
            remove(newPath)
            file.receiptNames.remove(path)
            addReceipt(newPath, to: file)
            return true
        }
        if Self.isStaging(path), !Self.isStaging(newPath) { return arrive(file, as: newPath, by: program) }
        remove(newPath)
        file.names.remove(path)
        file.names.insert(newPath)
        return true
    }

    func link(_ path: String, to newPath: String, by program: Int) -> Bool {
        guard let file = resolve(path, by: program), resolve(newPath, by: program) == nil else {
            return false
        }
        if file.names.isEmpty {
            addReceipt(newPath, to: file)
            return true
        }
        if file.names.allSatisfy(Self.isStaging), !Self.isStaging(newPath) {
            return arrive(file, as: newPath, by: program)
        }
        file.names.insert(newPath)
        return true
    }

    /// A program has one receipt under a name.
    private func addReceipt(_ name: String, to file: File) {
        for other in files where other.receiptHolder == file.receiptHolder { other.receiptNames.remove(name) }
        file.receiptNames.insert(name)
    }

    private func arrive(_ file: File, as newName: String, by program: Int) -> Bool {
        receive(file, newName: newName, by: program)
    }

    /// Time passes: what only writers still saw is gone.
    func expireReceipts() { for file in files { file.receiptNames = [] } }
}
