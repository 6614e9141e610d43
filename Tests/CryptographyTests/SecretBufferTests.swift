import Cryptography
import EnvelopeTesting
import Testing

@Suite("Secret bytes and buffers")
struct SecretBufferTests {
    @Test("bytes are what was put in", arguments: [0, 1, 32, 1024, 1025, 5000, 2 << 20])
    func contents(_ count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let (copied, lent) = (
            SecretBytes(copying: bytes).array, bytes.withBytes { SecretBytes(copying: $0).array }
        )
        #expect(copied == bytes)
        #expect(lent == bytes)
        let filled = SecretBytes(count: count) { buffer in
            #expect(buffer.allSatisfy { $0 == 0 })
            buffer.copyBytes(from: bytes)
        }
        let (isSame, filledCount) = (filled.copy().isEqual(to: filled), filled.count)
        #expect(isSame)
        #expect(filledCount == count)
    }

    @Test("an error while filling comes through")
    func failedFilling() {
        #expect(throws: CryptographyError.decryptionFailed) {
            try SecretBytes(count: 32) { (_) throws(CryptographyError) in throw .decryptionFailed }.count
        }
    }

    @Test("a buffer becomes a key without changing")
    func conversion() throws {
        var buffer = SecretBuffer()
        try buffer.append([1, 2, 3])
        let key = SecretBytes(buffer).array
        #expect(key == [1, 2, 3])
    }

    @Test("an empty buffer holds nothing and lends nothing")
    func empty() throws {
        var buffer = SecretBuffer()
        try buffer.append([UInt8]())
        try buffer.write([UInt8](), at: 1000)
        try buffer.truncate(to: 0)
        let (isEmpty, capacity, lent) = (buffer.isEmpty, buffer.capacity, buffer.array)
        #expect(isEmpty && capacity == 0 && lent.isEmpty)
    }

    @Test("gaps and extensions are zero, also where something was cut off")
    func gaps() throws {
        var buffer = SecretBuffer()
        try buffer.append([1, 2, 3, 4])
        try buffer.truncate(to: 2)
        try buffer.truncate(to: 4)
        try buffer.write([9], at: 6)
        let bytes = buffer.array
        #expect(bytes == [1, 2, 0, 0, 0, 0, 9])
    }

    @Test("an end that cannot be counted is refused, and nothing changes")
    func overflow() throws {
        var buffer = SecretBuffer()
        try buffer.append([1])
        #expect(throws: CryptographyError.inputTooLarge(2)) { try buffer.write([1, 2], at: .max - 1) }
        #expect(throws: CryptographyError.self) { try buffer.write([1], at: .max - 1) }
        #expect(throws: CryptographyError.self) { try buffer.truncate(to: 1 << 60) }
        let bytes = buffer.array
        #expect(bytes == [1])
    }

    @Test("does what an array does, whatever the order of writes and cuts", arguments: Array(0..<20))
    func model(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var buffer = SecretBuffer()
        var model: [UInt8] = []
        let limit = seed < 15 ? 10_000 : 3 << 20
        for _ in 0..<(seed < 15 ? 300 : 30) {
            let offset = Int.random(in: 0...limit, using: &generator)
            if Int.random(in: 0..<5, using: &generator) == 0 {
                try buffer.truncate(to: offset)
                model =
                    Array(model.prefix(offset)) + [UInt8](repeating: 0, count: max(0, offset - model.count))
            } else {
                let bytes = [UInt8](
                    repeating: UInt8.random(in: 1...255, using: &generator), count: offset / 3 + 1)
                let start = Bool.random(using: &generator) ? model.count : offset / 2
                try buffer.write(bytes, at: start)
                model += [UInt8](repeating: 0, count: max(0, start + bytes.count - model.count))
                model.replaceSubrange(start..<(start + bytes.count), with: bytes)
            }
        }
        let bytes = buffer.array
        #expect(bytes == model, "seed \(seed)")
    }

    @Test("bytes can be changed in place")
    func inPlace() throws {
        var buffer = SecretBuffer()
        try buffer.append([1, 2, 3])
        buffer.withUnsafeMutableBytes { $0[1] = 9 }
        let bytes = buffer.array
        #expect(bytes == [1, 9, 3])
    }
}
