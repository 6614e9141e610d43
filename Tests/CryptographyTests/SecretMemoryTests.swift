import Foundation
import Testing

@testable import Cryptography

extension SecretBytes {
    fileprivate var address: UInt { withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }
}

extension SecretBuffer {
    fileprivate var address: UInt { withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }
}

@Suite("Secret memory", .disabled(if: ProcessMemory.isSanitized, "a sanitizer changes what memory holds"))
struct SecretMemoryTests {
    @Test(
        "a key of any size is locked and stays out of core dumps",
        arguments: [1, 16, 32, 1024, 1025, 4096, 70_000, 1 << 20, 3 << 20])
    func keyPages(_ count: Int) async {
        await #expect(processExitsWith: .success) { [count] in
            let key = try SecretBytes.random(count: count)
            let flags = ProcessMemory.flags(at: key.address)
            #expect(flags.isSuperset(of: ["lo", "dd"]))
        }
    }

    @Test("a buffer is locked and stays out of core dumps, wherever it grew to")
    func bufferPages() async {
        await #expect(processExitsWith: .success) {
            var buffer = SecretBuffer()
            for count in [1, 100, 1000, 2000, 5000, 100_000, 1 << 20, 2 << 20] {
                try buffer.write([1], at: count - 1)
                let flags = ProcessMemory.flags(at: buffer.address)
                #expect(flags.isSuperset(of: ["lo", "dd"]), "\(count) bytes")
                let isLocked = buffer.isLocked
                #expect(isLocked)
            }
        }
    }

    @Test("reserved capacity costs no memory until it is written")
    func reserved() async {
        await #expect(processExitsWith: .success) {
            let before = ProcessMemory.status("VmRSS") ?? 0
            // Within the 8 MiB that anybody may lock.
            var buffer = try SecretBuffer(capacity: 6 << 20)
            try buffer.append([1, 2, 3])
            let after = ProcessMemory.status("VmRSS") ?? .max
            #expect(after - before < 4096, "\(after - before) KiB")
            #expect((ProcessMemory.status("VmLck") ?? 0) >= 6 << 10)
        }
    }

    @Test("pages that return to the pool are zero, and are used again")
    func pool() async {
        await #expect(processExitsWith: .success) {
            var address: UInt = 0
            do {
                let key = SecretBytes(copying: [UInt8](repeating: 0xaa, count: 300_000))
                address = key.address
            }
            let pages = try #require(UnsafeRawPointer(bitPattern: address))
            let left = UnsafeRawBufferPointer(start: pages, count: 512 << 10)
            #expect(left.allSatisfy { $0 == 0 })
            #expect(SecretMemory.statistics.pooledByteCount >= 512 << 10)
            let again = try SecretBuffer(capacity: 270_000)
            let capacity = again.capacity
            #expect(capacity == 512 << 10)
            var same = try SecretBuffer(capacity: 300_000)
            try same.append([1])
            #expect(SecretMemory.statistics.unlockedByteCount == 0)
        }
    }

    @Test("the secure heap is zero where a key was")
    func secureHeap() async {
        await #expect(processExitsWith: .success) {
            let before = SecretMemory.statistics.secureHeapUsedByteCount
            var address: UInt = 0
            do {
                let key = SecretBytes(copying: [UInt8](repeating: 0xaa, count: 64))
                address = key.address
                #expect(SecretMemory.statistics.secureHeapUsedByteCount == before + 64)
            }
            #expect(SecretMemory.statistics.secureHeapUsedByteCount == before)
            let chunk = try #require(UnsafeRawPointer(bitPattern: address))
            // The allocator keeps its own links in the first 16 bytes of a free chunk.
            #expect(UnsafeRawBufferPointer(start: chunk + 16, count: 48).allSatisfy { $0 == 0 })
        }
    }

    @Test("a full secure heap is no reason to fail")
    func fullHeap() async {
        await #expect(processExitsWith: .success) {
            #expect(SecretMemory.prepare(secureHeapByteCount: 10_000))
            var keys: [Box] = []
            for _ in 0..<1000 { keys.append(Box(try SecretBytes.random(count: 32))) }
            let used = SecretMemory.statistics.secureHeapUsedByteCount
            // 10,000 rounds up to 16 KiB, of which a quarter is left to OpenSSL.
            #expect(used <= 12 << 10 && used > 11 << 10)
            for key in [keys[0], keys[500], keys[999]] {
                #expect(ProcessMemory.flags(at: key.bytes.address).isSuperset(of: ["lo", "dd"]))
            }
            _ = try PrivateKey.generate(.rsa(bitCount: 2048)).pkcs8().count
        }
    }

    @Test("a limit on locked memory is no reason to fail: the pages are wiped and not dumped all the same")
    func lockLimit() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 3 << 20, rlim_max: 3 << 20)
            #expect(setrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit) == 0)
            // The limit does not bind root.
            if getuid() == 0 { #expect(setuid(65534) == 0) }
            var buffer = try SecretBuffer(capacity: 2 << 20)
            let wasLocked = buffer.isLocked
            #expect(wasLocked)
            try buffer.write([7], at: 0)
            try buffer.write([9], at: (8 << 20) - 1)
            let (isLocked, first, last) = (buffer.isLocked, buffer.array.first, buffer.array.last)
            #expect(!isLocked)
            #expect(first == 7 && last == 9)
            #expect(ProcessMemory.flags(at: buffer.address).contains("dd"))
            let statistics = SecretMemory.statistics
            #expect(statistics.unlockedByteCount >= 8 << 20)
            #expect(!statistics.isLocked)
        }
    }

    @Test("hardening forbids core dumps")
    func hardening() async {
        await #expect(processExitsWith: .success) {
            #expect(SecretMemory.hardenProcess())
            var limit = rlimit()
            #expect(getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0)
            #expect(limit.rlim_cur == 0 && limit.rlim_max == 0)
        }
    }

    @Test("statistics follow what is mapped")
    func statistics() async {
        await #expect(processExitsWith: .success) {
            let before = SecretMemory.statistics.lockedByteCount
            do {
                let buffer = try SecretBuffer(capacity: 4 << 20)
                #expect(SecretMemory.statistics.lockedByteCount - before == 4 << 20)
                let isEmpty = buffer.isEmpty
                #expect(isEmpty)
            }
            #expect(SecretMemory.statistics.lockedByteCount == before)
        }
    }
}

/// A key in a class, as other modules keep them.
private final class Box: Sendable {
    let bytes: SecretBytes
    init(_ bytes: consuming SecretBytes) { self.bytes = bytes }
}
