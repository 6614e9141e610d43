import DurableFiles
import Foundation
import ObjectStore
import Synchronization
import SystemPackage
import Testing

/// The file system itself stops in the middle of the work, as in a power cut: the kernel drops it without
/// writing its journal out, and the next mount finds what was on the disk.
@Suite(
    "When the file system crashes",
    .enabled(if: MountedFileSystem.isPossible, "mounting a file system needs the superuser"))
struct FileSystemCrashTests {
    /// What one writer was told is durable: the last number under each key, and the one it was at.
    private struct Promises: Sendable {
        var durable: [String: Int] = [:]
        var underway: (key: String, number: Int)?
    }

    @Test(
        "every put that returned is there, whole, and no other is half there",
        arguments: ["ext4", "xfs"], [LocalStore.InstructionPolicy.behind, .inline])
    func crash(type: String, policy: LocalStore.InstructionPolicy) throws {
        guard isInstalled("mkfs.\(type)") else { return }
        let mounted = try MountedFileSystem(type, imageByteCount: 320 << 20)
        let promises = try writeUntilCrash(mounted, policy)
        #expect(promises.map(\.durable.count).reduce(0, +) > 20)
        try mounted.remount()
        let store = try LocalStore(directory: mounted.path + "/store")
        let bucket = try store.localBucket(named: "mailbox")
        for promise in promises {
            for (name, number) in promise.durable { try check(name, number, promise, in: bucket) }
            if let (name, number) = promise.underway, promise.durable[name] == nil {
                do {
                    #expect(try Self.number(in: bucket.get(key(name))) == number)
                } catch let error as ObjectStoreError {
                    #expect(error == .noSuchKey(name))
                }
            }
        }
        store.drain(includingSweeps: true)
        try checkInstructions(bucket, below: mounted.path + "/store/mailbox/")
        store.stop()
    }

    private func check(_ name: String, _ number: Int, _ promise: Promises, in bucket: LocalBucket) throws {
        let found = try Self.number(in: bucket.get(key(name)))
        let isUnderway = promise.underway.map { $0.key == name && $0.number == found } ?? false
        #expect(
            found == number || isUnderway, "\(name): \(number) promised, \(String(describing: found)) found")
    }

    /// A copy without attributes would open too.
    private func checkInstructions(_ bucket: LocalBucket, below path: String) throws {
        for object in try bucket.list(limit: 100_000).objects {
            let expected = try InstructionFile.contents(for: bucket.head(object.key).metadata)
            let file = URL(filePath: path + object.key.text + InstructionFile.suffix)
            #expect(try Array(Data(contentsOf: file)) == expected, "\(object.key)")
        }
    }

    private func writeUntilCrash(
        _ mounted: MountedFileSystem, _ policy: LocalStore.InstructionPolicy
    ) throws -> [Promises] {
        var options = LocalStore.Options()
        options.instructionFiles = policy
        let store = try LocalStore(directory: mounted.path + "/store", creating: true, options: options)
        let bucket = try store.createBucket(named: "mailbox")
        let all = Mutex<[Promises]>([])
        let acknowledged = Atomic<Int>(0)
        let isCrashing = Atomic<Bool>(false)
        try runThreads(7) { thread in
            if thread == 6 {
                // In the midst of things: every writer still writes when enough has been promised.
                while acknowledged.load(ordering: .relaxed) < 150 { usleep(1_000) }
                isCrashing.store(true, ordering: .sequentiallyConsistent)
                return try mounted.crash()
            }
            let promises = try Self.write(into: bucket, thread) {
                acknowledged.add(1, ordering: .relaxed)
                return !isCrashing.load(ordering: .sequentiallyConsistent)
            }
            all.withLock { $0.append(promises) }
        }
        store.stop()
        return all.withLock { $0 }
    }

    /// Stores new objects, and replaces one again and again, until the disk fails or the crash has begun.
    ///
    /// What returns after that is no promise. A power cut ends the program too; here it runs on, and xfs was
    /// seen to flush a directory "successfully" after it had been stopped.
    private static func write(
        into bucket: LocalBucket, _ thread: Int, _ acknowledge: () -> Bool
    ) throws -> Promises {
        var promises = Promises()
        for number in 0..<100_000 {
            let name = number.isMultiple(of: 3) ? "m/replaced-\(thread)" : "m/\(thread)-\(number)"
            promises.underway = (name, number)
            do {
                _ = try bucket.put(key(name), body: body(number), metadata: envelope("\(number)"))
            } catch let error as ObjectStoreError where error.errno != nil {
                return promises
            }
            guard acknowledge() else { return promises }
            promises.durable[name] = number
            promises.underway = nil
        }
        return promises
    }

    private static func body(_ number: Int) -> [UInt8] {
        bytes(String(repeating: "\(number) ", count: 1_000 + number % 7 * 1_500))
    }

    /// The number an object was made for, if body and metadata agree about it.
    private static func number(in object: StoredObject) throws -> Int? {
        let text = String(decoding: object.body.prefix { $0 != 0x20 }, as: UTF8.self)
        guard let number = Int(text), object.body == body(number) else { return nil }
        return try object.metadata == envelope("\(number)") ? number : nil
    }
}

extension MountedFileSystem {
    /// Stops the file system at once, its journal unwritten.
    func crash() throws {
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        // EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN: _IOR('X', 125, __u32), with the flag for "no log flush".
        var flags: UInt32 = 2
        guard ioctl(descriptor, 0x8004_587D, &flags) == 0 else { throw Errno(rawValue: errno) }
    }
}
