/// The bytes that a base64 text stands for.
///
/// Read strictly: padded, without white space, unused bits zero; else two texts could stand for one value.
///
/// Source: RFC 4648 section 4.
func base64Bytes(_ text: String) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count.isMultiple(of: 4) else { return nil }
    let padding = characters.reversed().prefix(2).prefix { $0 == UInt8(ascii: "=") }.count
    var bytes: [UInt8] = []
    var buffer: UInt32 = 0
    var bitCount = 0
    for character in characters.dropLast(padding) {
        guard let value = base64Value(character) else { return nil }
        buffer = buffer << 6 | value
        bitCount += 6
        if bitCount >= 8 {
            bitCount -= 8
            bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bitCount)))
            buffer &= (1 << UInt32(bitCount)) - 1
        }
    }
    return buffer == 0 ? bytes : nil
}

private func base64Value(_ character: UInt8) -> UInt32? {
    switch character {
    case 0x41...0x5A: UInt32(character - 0x41)
    case 0x61...0x7A: UInt32(character - 0x61 + 26)
    case 0x30...0x39: UInt32(character - 0x30 + 52)
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
}
