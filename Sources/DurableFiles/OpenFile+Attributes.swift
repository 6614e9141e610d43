public import SystemPackage

/// An extended attribute: a name with its name space, for example `user.x-amz-iv`, and any bytes.
public struct FileAttribute: Sendable, Hashable {
    /// 1 to 255 bytes, beginning `user.` for everything this project stores.
    public let name: String
    /// The value; file systems bound it, ext4 to about 4,000 bytes for all attributes of a file together.
    public let value: [UInt8]

    /// An attribute of that name and value.
    public init(name: String, value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

extension OpenFile {
    /// Sets one extended attribute, replacing an older value.
    ///
    /// - Throws: `.notSupported` from a file system without attributes; `.noSpace` also when there is space
    ///   on the disk but none beside this file's inode.
    public func setAttribute(_ attribute: FileAttribute) throws(DurableFileError) {
        let value = attribute.value
        var failure: Errno?
        value.withUnsafeBytes { bytes in
            do throws(Errno) {
                try calls.setAttribute(attribute.name, of: descriptor, to: bytes)
            } catch {
                failure = error
            }
        }
        if let failure { throw .failed(operation: FileCall.setAttribute.rawValue, path: path, failure) }
    }

    /// The value of one attribute, or nil if the file has none of that name.
    ///
    /// A file system without attributes has none of any name.
    public func attribute(_ name: String) throws(DurableFileError) -> [UInt8]? {
        do {
            return try Self.growing(from: 1_024) { (buffer) throws(Errno) in
                try calls.attribute(name, of: descriptor, into: buffer)
            }
        } catch .noData {
            return nil
        } catch  where error.meansNoAttributes {
            return nil
        } catch {
            throw .failed(operation: FileCall.attribute.rawValue, path: path, error)
        }
    }

    /// The names of all attributes this process may see; empty on a file system without attributes.
    ///
    /// Names that are not UTF-8 are left out.
    public func attributeNames() throws(DurableFileError) -> [String] {
        do {
            let names = try Self.growing(from: 1_024) { (buffer) throws(Errno) in
                try calls.attributeNames(of: descriptor, into: buffer)
            }
            return names.split(separator: 0).compactMap { String(validating: $0, as: UTF8.self) }
        } catch  where error.meansNoAttributes {
            return []
        } catch {
            throw .failed(operation: FileCall.attributeNames.rawValue, path: path, error)
        }
    }

    /// Asks again with a larger buffer while the kernel says the answer does not fit.
    private static func growing(
        from byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(Errno) -> Int
    ) throws(Errno) -> [UInt8] {
        var capacity = byteCount
        while true {
            var failure: Errno?
            let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                do throws(Errno) {
                    count = try fill(UnsafeMutableRawBufferPointer(buffer))
                } catch {
                    failure = error
                }
            }
            guard let failure else { return bytes }
            // XATTR_SIZE_MAX and XATTR_LIST_MAX are 64 KiB; more cannot be asked for.
            guard failure == .outOfRange, capacity < 65_536 else { throw failure }
            capacity = 65_536
        }
    }
}

extension Errno {
    /// Whether a file system answers this to say that it keeps no extended attributes at all.
    public var meansNoAttributes: Bool {
        self == .notSupported || self == .notSupportedOnSocket || self == .noFunction
    }
}
