internal import DurableFiles
internal import SystemPackage

extension LocalBucket {
    /// One page of the keys in byte order.
    ///
    /// Directories keep no order, so each page reads the names of the levels it touches and sorts the
    /// smallest ones; memory is a few times the limit, time for a page is the time to read those directories
    /// once.
    public func list(_ request: ListRequest) throws(ObjectStoreError) -> Listing {
        guard request.limit > 0 else {
            return Listing(objects: [], commonPrefixes: [], nextStartAfter: nil)
        }
        var page = ListingPage(request)
        _ = try storing { () throws(DurableFileError) in try collect(root, "", &page) }
        return page.listing
    }

    /// Adds what a directory holds, in order.
    ///
    /// - Returns: false when the page is full.
    private func collect(
        _ directory: Directory, _ path: String, _ page: inout ListingPage
    ) throws(DurableFileError) -> Bool {
        var last: String?
        while true {
            let selection = try select(in: directory, path, after: last, page)
            for name in selection.names {
                let isWanted =
                    name.utf8.last == UInt8(ascii: "/")
                    ? try addLevel(name, in: directory, path, &page)
                    : try addObject(name, in: directory, path, &page)
                if !isWanted { return false }
            }
            guard selection.isCut else { return true }
            last = selection.names.last
        }
    }

    private func addObject(
        _ name: String, in directory: Directory, _ path: String, _ page: inout ListingPage
    ) throws(DurableFileError) -> Bool {
        if page.rollsUp(path + name) { return page.addCommonPrefix(of: path + name) }
        // Deleted since its name was read: not there.
        guard let status = try directory.status(of: name), status.kind == .regularFile,
            let key = try? ObjectKey(path + name)
        else { return true }
        return page.add(ObjectInfo(key: key, status: status))
    }

    private func addLevel(
        _ name: String, in directory: Directory, _ path: String, _ page: inout ListingPage
    ) throws(DurableFileError) -> Bool {
        let below: Directory
        do throws(DurableFileError) {
            below = try directory.openSubdirectory(String(name.dropLast()))
        } catch {
            if error.errno.meansNoSuchPath { return true }
            throw error
        }
        // A level that is rolled up whole need not be read, only seen not to be empty.
        guard page.rollsUp(path + name) else { return try collect(below, path + name, &page) }
        return try Self.hasObject(below) ? page.addCommonPrefix(of: path + name) : true
    }

    /// The smallest names of a directory that the page may want, levels with their slash.
    private func select(
        in directory: Directory, _ path: String, after last: String?, _ page: ListingPage
    ) throws(DurableFileError) -> SmallestNames.Selection {
        var smallest = SmallestNames(limit: page.room + 1)
        var reader = try DirectoryReader(directory)
        while let entry = try reader.next() {
            guard let fileKind = try directory.kind(of: entry),
                let kind = LocalLevel.kind(of: entry.name, fileKind)
            else { continue }
            let name = kind == .prefix ? entry.name + "/" : entry.name
            if let last, !last.precedes(name) { continue }
            let whole = path.isEmpty ? name : path + name
            if page.mayWant(whole, isLevel: kind == .prefix) { smallest.insert(name) }
        }
        return smallest.selection
    }

    /// Whether anything is stored at or below a directory.
    private static func hasObject(_ directory: Directory) throws(DurableFileError) -> Bool {
        var reader = try DirectoryReader(directory)
        var levels: [String] = []
        while let entry = try reader.next() {
            guard let fileKind = try directory.kind(of: entry) else { continue }
            switch LocalLevel.kind(of: entry.name, fileKind) {
            case .object: return true
            case .prefix: levels.append(entry.name)
            case nil: continue
            }
        }
        for level in levels {
            guard let below = try? directory.openSubdirectory(level) else { continue }
            if try hasObject(below) { return true }
        }
        return false
    }
}

/// Keeps the smallest of many names, without keeping them all.
private struct SmallestNames {
    struct Selection {
        let names: [String]
        /// Whether there were more.
        let isCut: Bool
    }

    private let limit: Int
    private var names: [String] = []
    private var bound: String?
    private var isCut = false

    init(limit: Int) {
        self.limit = limit
    }

    mutating func insert(_ name: String) {
        if let bound, !name.precedes(bound) {
            isCut = true
            return
        }
        names.append(name)
        // Sorting when four times too many are there costs each name a constant number of comparisons.
        if names.count >= 4 * limit + 64 { cut() }
    }

    private mutating func cut() {
        names.sort { $0.precedes($1) }
        guard names.count > limit else { return }
        isCut = true
        names.removeLast(names.count - limit)
        bound = names.last
    }

    var selection: Selection {
        var copy = self
        copy.cut()
        return Selection(names: copy.names, isCut: copy.isCut)
    }
}
